"""Units after a number, as in 12.5 kg: letters that are known as one, or that a blank parts. Pure Python."""

from __future__ import annotations

_LETTERS = """
g kg mg µg t lb lbs oz m km cm mm µm nm mi mile miles ft in inch yd m² m³ km² cm² cm³ sqft sqm ha ac
l L ml mL cl gal h hr hrs hour hours min mins s sec secs ms µs ns d day days wk y yr yrs year years
K k M B Mio Mrd bn mn Bn Mn W kW MW Wh kWh MWh V mV kV mA mAh Ah Hz kHz MHz GHz J kJ kcal cal
KB kB MB GB TB bit Mbps Gbps bps px dpi °C °F ° mph kmh km/h m/s kn knots rpm Nm hp HP bhp PS CC cc
kmpl km/kg mpg bar mbar hPa Pa kPa psi ppm ppb dB dBm mmHg bpm mol pcs pc Stk
"""
KNOWN = frozenset(_LETTERS.split())


def is_unit(letters: str, *, is_parted: bool) -> bool:
    """Whether letters after a number are a unit; others right behind it are part of a code, as in 123xx.

    Args:
      letters: after the number.
      is_parted: whether a blank stands between.
    """
    return is_parted or letters in KNOWN
