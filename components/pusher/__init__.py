"""The push of a blessed model to where a model server looks."""
