"""Beam's options come from the configuration, Beam's own parser checks them, no launch depends on them."""

import argparse
import contextlib
import dataclasses
import importlib.metadata
import sys
from typing import Any

import pytest

from pipeline.config import load as configs
from pipeline.errors import ConfigError
from pipeline.runners import beam_options
from tests.pipeline.config.test_config import changed
from tests.pipeline.launch.test_launch import launch

NOT_THERE = f"Beam {importlib.metadata.version('apache-beam')} has no such option"
CHOICE = "{}" if sys.version_info >= (3, 12) else "'{}'"  # as argparse writes it
PAIRS = (('{"a": "1"}', '{"b": "2"}'), ("1", "2"))
BUCKET = "gs://my-evergreen-prod-evergreen"
# What a fork may set for its jobs: they change how fast a job is and what it tells, or are bounded.
FREE = {
    *("allow_non_deterministic_key_coders", "allow_unsafe_triggers", "auto_unique_labels"),
    *("autoscaling_algorithm", "dataflow_service_option", "dataflow_service_options"),
    *(
        "default_sdk_harness_log_level",
        "direct_num_workers",
        "direct_running_mode",
        "disk_size_gb",
        "disk_type",
    ),
    *("enable_artifact_caching", "enable_bucket_read_metric_counter", "enable_bucket_write_metric_counter"),
    *("enable_gcsio_blob_generation", "enable_hot_key_logging", "experiment", "experiments", "flexrs_goal"),
    *("max_cache_memory_usage_mb", "min_cpu_platform", "network", "no_direct_runner_use_stacked_bundle"),
    *("no_gcsio_throttling_counter", "no_pipeline_type_check", "no_use_public_ips", "num_workers"),
    *(
        "number_of_worker_harness_threads",
        "performance_runtime_type_check",
        "profile_cpu",
        "profile_location",
    ),
    *("profile_memory", "profile_sample_rate", "resource_hint", "resource_hints", "runtime_type_check"),
    *("sdk_harness_log_level_overrides", "sdk_worker_parallelism", "type_check_additional"),
    *("type_check_strictness", "update_compatibility_version", "use_public_ips", "worker_disk_type"),
    *("worker_zone", "zone"),
}
# Options of Beam 2.77 that Beam 2.61 has not: those that are refused, and those that a fork may set.
REFUSED_SINCE_2_77 = {
    *("application_id", "bootstrap_servers", "file_to_stage", "files_to_stage", "gbek"),
    *("kafka_streams_job_server_jar", "maven_repository_url", "prism_log_kind", "prism_log_level"),
    *("profiler_agent", "profiler_extra_arg", "profiler_extra_args", "profiler_extra_env_var"),
    *("profiler_extra_env_vars",),
}
FREE_SINCE_2_77 = {
    *("disable_beartype", "disk_provisioned_iops", "disk_provisioned_throughput_mibps"),
    *("element_processing_timeout_minutes", "exclude_infer_dataclass_field_type"),
    *("force_cloudpickle_deterministic_coders", "gcs_custom_audit_entries", "gcs_custom_audit_entry"),
    *("no_save_main_session", "profile_postprocess_interval_sec", "profile_temp_location"),
    *("profile_upload_interval_sec", "profiler_stop_after_crash", "profiler_stop_after_sec", "user_agent"),
}
IS_NEWEST = int(importlib.metadata.version("apache-beam").split(".")[1]) >= 77
WORKER = f"{sys.executable} -m apache_beam.runners.worker.sdk_worker_main"


def arguments(runner: str = "direct", options: dict[str, Any] | None = None) -> list[str]:
    from pipeline.runners.beam_options import local_arguments

    return local_arguments(configs.parse(changed("beam", {"runner": runner, "options": options or {}})).beam)


def test_where_nothing_is_said_of_it_beam_works_in_this_process():
    from pipeline.runners.beam_options import local_arguments

    config = configs.load("local")
    assert config.beam.runner == "direct"
    assert local_arguments(config.beam) == []


def test_portable_alone_starts_a_worker_of_this_python():
    assert arguments("portable") == [
        "--runner=PortableRunner",
        "--job_endpoint=embed",
        "--environment_type=beam:env:harness_subprocess_python:v1",
        f"--environment_config={WORKER}",
        "--sdk_container_image=unused",
    ]


def test_a_job_service_of_ones_own_is_asked_for_no_worker_that_was_not_named():
    written = arguments("portable", {"job_endpoint": "localhost:8099", "environment_type": "LOOPBACK"})
    assert written == [
        "--runner=PortableRunner",
        "--sdk_container_image=unused",
        "--job_endpoint=localhost:8099",
        "--environment_type=LOOPBACK",
    ]


@pytest.mark.parametrize(
    ("runner", "expected"), [("flink", "--runner=FlinkRunner"), ("spark", "--runner=SparkRunner")]
)
def test_a_cluster_is_named_by_its_runner(runner: str, expected: str):
    assert arguments(runner)[0] == expected


def test_tfx_is_not_packed_for_workers_that_have_the_code():
    from tfx.utils import dependency_utils

    ours = arguments("portable")
    assert dependency_utils.make_beam_dependency_flags(ours) == ours
    assert "--sdk_container_image=unused" not in arguments("flink", {"setup_file": "./setup.py"})


def test_values_are_written_as_beam_reads_them():
    from apache_beam.options import pipeline_options as beam

    switches = {"save_main_session": True, "enable_hot_key_logging": False}
    values = {"direct_num_workers": 2, "direct_running_mode": "multi_processing", "experiments": ["a", "b=c"]}
    written = arguments("direct", {**switches, **values})
    options = beam.PipelineOptions(written)
    assert options.view_as(beam.DirectOptions).direct_num_workers == 2
    assert options.view_as(beam.DirectOptions).direct_running_mode == "multi_processing"
    assert options.view_as(beam.SetupOptions).save_main_session is True
    assert options.view_as(beam.GoogleCloudOptions).enable_hot_key_logging is False
    assert options.view_as(beam.DebugOptions).experiments == ["a", "b=c"]


@pytest.mark.parametrize(
    "name",
    ["dataflow_service_options", "environment_options", "experiments", "extra_packages", "labels"],
)
def test_a_list_repeats_an_option(name: str):
    from apache_beam.options.pipeline_options import PipelineOptions

    written = arguments("direct", {name: ["a", "b"]})
    assert PipelineOptions(written).get_all_options()[name] == ["a", "b"]


def test_a_list_of_objects_is_merged_where_beam_merges_them():
    from apache_beam.options.pipeline_options import PipelineOptions

    levels = ['{"a": "DEBUG"}', '{"b": "ERROR"}']
    written = arguments("direct", {"sdk_harness_log_level_overrides": levels})
    merged = PipelineOptions(written).get_all_options()["sdk_harness_log_level_overrides"]
    assert merged == {"a": "DEBUG", "b": "ERROR"}


def values_of(parser: argparse.ArgumentParser, action: argparse.Action) -> tuple[str, str]:
    """Returns two values that an option takes."""
    for first, second in (([*action.choices] * 2)[:2],) if action.choices else PAIRS:
        with contextlib.suppress(argparse.ArgumentError):
            parser.parse_known_args([f"{action.option_strings[-1]}={first}"])
            return str(first), str(second)
    raise AssertionError(action)


@pytest.fixture
def one_parser(monkeypatch: pytest.MonkeyPatch) -> argparse.ArgumentParser:
    """Beam's parser, made once: that takes longer than to ask it a thousand times."""
    parser = beam_options._parser()
    monkeypatch.setattr(beam_options, "_parser", lambda: parser)
    return parser


def test_a_list_is_taken_where_beam_keeps_all_of_it_and_nowhere_else(one_parser: argparse.ArgumentParser):
    """Asked of each option that this version of Beam has."""
    parser, kept = one_parser, set()
    for action in (each for each in parser._actions if each.nargs != 0 and each.dest != "runner"):
        option, values = action.option_strings[-1], values_of(parser, action)
        both, last = (
            getattr(parser.parse_known_args([f"{option}={value}" for value in some])[0], action.dest)
            for some in (values, values[1:])
        )
        try:
            arguments("direct", {option[2:]: list(values)})
        except ConfigError:
            assert both == last, option
        else:
            assert both != last, option
            kept.add(action.dest)
    assert {"experiments", "labels", "sdk_harness_log_level_overrides"} <= kept


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"job_endpont": "x"}, f"job_endpont: {NOT_THERE} (did you mean 'job_endpoint'?)"),
        ({"zzz": 1}, f"zzz: {NOT_THERE}"),
        ({"h": True}, f"h: {NOT_THERE}"),
        ({"help": True}, f"help: {NOT_THERE}"),
        ({"runner": "DirectRunner"}, "runner: beam.runner sets it; change it there"),
        ({"save_main_session": "yes"}, "save_main_session: got 'yes'; it is a switch: true or false"),
        ({"job_endpoint": True}, "job_endpoint: got true; it takes a value"),
        (
            {"disk_type": "a", "worker_disk_type": "b"},
            "worker_disk_type: disk_type sets the same; remove one of them",
        ),
        (
            {"use_public_ips": True, "no_use_public_ips": True},
            "no_use_public_ips: use_public_ips sets the same; remove one of them",
        ),
        ({"job_endpoint": ["a", "b"]}, "job_endpoint: got a list; it takes one value"),
        ({"direct_num_workers": "two"}, "direct_num_workers: invalid int value: 'two'"),
        (
            {"direct_running_mode": "fast"},
            "direct_running_mode: invalid choice: 'fast' (choose from "
            + ", ".join(map(CHOICE.format, ("in_memory", "multi_threading", "multi_processing")))
            + ")",
        ),
    ],
)
def test_an_option_that_beam_does_not_take_is_refused_by_name(options: dict[str, Any], message: str):
    with pytest.raises(ConfigError) as refused:
        arguments("direct", options)
    assert str(refused.value) == f"beam.options.{message}"


def test_no_value_of_any_option_ends_in_another_error(one_parser: argparse.ArgumentParser):
    """Some of Beam's actions raise TypeError or AttributeError on a value that is not for them."""
    flags = {flag[2:] for action in one_parser._actions for flag in action.option_strings if flag[:2] == "--"}
    for name in flags - {"help", "runner"}:
        for value in (1, "x", "{", "[1]", True, ["a", "b"]):
            with contextlib.suppress(ConfigError):
                arguments("direct", {name: value})
    with pytest.raises(ConfigError, match=r"log_level_overrides: Beam cannot read"):
        arguments("direct", {"sdk_harness_log_level_overrides": 1})


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        (
            "beam.runner",
            "drect",
            "beam.runner: got 'drect': Input should be 'direct', 'portable', 'flink' or 'spark' "
            "(did you mean 'direct'?)",
        ),
        (
            "beam.runner",
            "dataflow",
            "beam.runner: Dataflow's workers cannot read this machine's folders; "
            "set `cloud.beam.runner` and start the run with `evergreen submit`",
        ),
        (
            "beam.optoins",
            {},
            "unknown key 'beam.optoins' (did you mean 'options'?); known here: runner, options",
        ),
    ],
)
def test_a_faulty_section_is_refused_when_it_is_loaded(key: str, value: Any, message: str):
    with pytest.raises(ConfigError) as refused:
        configs.parse(changed(key, value))
    assert str(refused.value) == f"configuration: {message}"


class TestCloud:
    def arguments(
        self, options: dict[str, Any], subnetwork: str | None = "regions/r/subnetworks/s"
    ) -> list[str]:
        from pipeline.runners.vertex.beam import beam_arguments

        prod = configs.load("prod")
        assert prod.cloud
        beam = prod.cloud.beam.model_copy(update={"options": options, "subnetwork": subnetwork})
        return beam_arguments(prod, prod.cloud.model_copy(update={"beam": beam}), "Transform")

    def test_the_clouds_options_are_added_and_checked_alike(self):
        assert self.arguments({"num_workers": 3})[-1] == "--num_workers=3"
        with pytest.raises(
            ConfigError, match=r"cloud\.beam\.options\.num_worker: .*did you mean 'num_workers'"
        ):
            self.arguments({"num_worker": 3})

    @pytest.mark.parametrize("workers", [9, "9"])
    def test_a_job_cannot_begin_with_more_workers_than_it_may_have(self, workers: int | str):
        with pytest.raises(
            ConfigError, match=r"num_workers is \d, not one from 1 to cloud\.beam\.max_workers \(8\)"
        ):
            self.arguments({"num_workers": workers})
        assert self.arguments({"num_workers": 8})[-1] == "--num_workers=8"

    def test_what_another_key_says_is_refused(self):
        """Nothing that we write ourselves may be written twice, but for what adds up."""
        adds_up = {"experiments", "dataflow_service_options"}
        written = {each[2:].partition("=")[0] for each in self.arguments({})} - adds_up
        assert {"project", "worker_machine_type", "sdk_container_image"} <= written
        for name in written:
            with pytest.raises(
                ConfigError, match=rf"cloud\.beam\.options\.{name}: .* sets it; change it there"
            ):
                self.arguments({name: "x"})

    @pytest.mark.parametrize("name", ["use_public_ips", "no_use_public_ips", "network"])
    def test_machines_of_a_subnetwork_have_no_public_addresses_whatever_the_options_say(self, name: str):
        assert "--no_use_public_ips" in self.arguments({})
        with pytest.raises(ConfigError, match=rf"{name}: cloud\.beam\.subnetwork sets it"):
            self.arguments({name: True})

    def test_without_a_subnetwork_addresses_are_the_options_affair(self):
        assert not any("public_ips" in each for each in self.arguments({}, subnetwork=None))
        assert self.arguments({"no_use_public_ips": True}, subnetwork=None)[-1] == "--no_use_public_ips"

    def test_how_long_a_dataflow_job_may_take_is_the_steps_affair(self):
        """Others of the service's options are added to the limit."""
        added = self.arguments({"dataflow_service_options": ("enable_prime",)})
        assert [each for each in added if "service_options" in each] == [
            "--dataflow_service_options=max_workflow_runtime_walltime_seconds=6600",
            "--dataflow_service_options=enable_prime",
        ]
        with pytest.raises(ConfigError, match=r"set by cloud\.steps\.<step>\.timeout_minutes"):
            self.arguments({"dataflow_service_options": ("max_workflow_runtime_walltime_seconds=9",)})

    @pytest.mark.parametrize(
        ("name", "value", "message"),
        [
            ("template_location", "gs://b/t", "remove it: a template would be written there"),
            ("dataflow_endpoint", "https://example.com", "would be sent the token"),
            ("pickle_library", "dill", "steps and workers must pickle alike"),
            ("save_main_session", True, "cloud.beam.dependencies brings this code"),
            ("impersonate_service_account", "a@b", "the job acts as cloud.service_account"),
            ("no_auth", True, "no job without credentials"),
            ("no_wait_until_finish", True, "the step would end before its job"),
            ("dry_run", "True", "no job would start"),
            ("update", True, "each step starts its own"),
            ("streaming", True, "a step's job is a batch"),
            ("worker_region", "us-east1", "cloud.region is the workers' region"),
            ("sdk_harness_container_image_overrides", ".*,other", "cloud.image is the workers' image"),
            ("s3_secret_access_key", "x", "a secret would stand in the job"),
            ("worker_zone", "europe-west4-a", "'europe-west4-a', no zone of cloud.region (us-central1)"),
            ("worker_zone", "us-central1", "'us-central1', no zone of cloud.region"),
            ("zone", "us-east1-b", "'us-east1-b', no zone of cloud.region"),
            ("disk_size_gb", -1, "disk_size_gb is -1, not a whole number from 1 to 64000"),
            ("disk_size_gb", 0, "disk_size_gb is 0, not a whole number from 1 to 64000"),
            ("disk_size_gb", 64_001, "disk_size_gb is 64001, not a whole number from 1 to 64000"),
            ("disk_size_gb", "100000000", "disk_size_gb is '100000000', not a whole number"),
            ("num_workers", 0, "num_workers is 0, not a whole number from 1 to 4000"),
            ("sdk_worker_parallelism", 1_001, "is 1001, not a whole number from 1 to 1000"),
            ("number_of_worker_harness_threads", 1_001, "is 1001, not a whole number from 1 to 1000"),
            ("extra_package", "gs://evil/x.tar.gz", "workers would run code that no build has tested"),
            ("sdk_location", "http://evil/x", "workers would run code that no build has tested"),
            ("artifact_endpoint", "evil:1", "it is of another runner than cloud.beam.runner"),
            ("environment_type", "LOOPBACK", "it is of another runner than cloud.beam.runner"),
            ("gcp_oauth_scopes", ("https://a/b",), "the roles of cloud.service_account say"),
            (
                "profile_location",
                "gs://evil/p",
                "not in cloud.bucket; name a folder in gs://my-evergreen-prod",
            ),
            ("profile_location", f"{BUCKET}-2/p", "not in cloud.bucket"),
            ("default_sdk_harness_log_level", "CRITICAL", "has the level 'CRITICAL'; take DEBUG"),
            ("default_sdk_harness_log_level", "debug", "has the level 'debug'; take DEBUG"),
            ("default_sdk_harness_log_level", 50, "has the level 50; take DEBUG"),
            ("sdk_harness_log_level_overrides", '{"a": "INFO", "b": "FATAL"}', "has the level 'FATAL'"),
            ("sdk_harness_log_level_overrides", ('{"a": "INFO"}', '{"b": 50}'), "has the level 50"),
            ("sdk_harness_log_level_overrides", "[1]", "Beam cannot read"),
            ("num_workers", -2, "num_workers is -2"),
            ("num_workers", "-2", "num_workers is '-2'"),
            ("number_of_worker_harness_threads", 0, "number_of_worker_harness_threads is 0"),
            ("experiments", ("use_public_ips",), "'use_public_ips', which is set by cloud.beam.subnetwork"),
            ("experiments", "a,disable_runner_v2", "'disable_runner_v2', which is set by this project"),
            ("dataflow_service_options", ("kms_key=x",), "'kms_key=x', which is set by cloud.kms_key"),
        ],
    )
    def test_what_would_contradict_the_job_or_make_another_is_refused(
        self, name: str, value: Any, message: str
    ):
        with pytest.raises(ConfigError) as refused:
            self.arguments({name: value})
        assert str(refused.value).startswith(f"cloud.beam.options.{name}")
        assert message in str(refused.value)

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("worker_zone", "us-central1-f"),
            ("disk_size_gb", 50),
            ("experiments", ("use_network_tags=jobs", "use_runner_v2")),
            ("disk_size_gb", 64_000),
            ("profile_location", f"{BUCKET}/profiles"),
            ("default_sdk_harness_log_level", "ERROR"),
            ("sdk_harness_log_level_overrides", '{"a": "DEBUG"}'),
            ("number_of_worker_harness_threads", 2),
        ],
    )
    def test_what_contradicts_nothing_is_added(self, name: str, value: Any):
        assert any(each.startswith(f"--{name}=") for each in self.arguments({name: value})[-2:])

    def test_every_option_that_is_refused_is_one_of_beams(self):
        """A name that Beam has dropped would be refused for a reason that is no more."""
        from pipeline.runners import beam_options
        from pipeline.runners.vertex import dataflow_options

        known = beam_options._parser()._option_string_actions
        free = {
            *dataflow_options._FREE_TEXTS,
            *dataflow_options._ZONES,
            *dataflow_options._MOST,
            *dataflow_options._LOG_LEVELS,
        }
        absent = set() if IS_NEWEST else REFUSED_SINCE_2_77
        assert {*dataflow_options._REFUSED, *free} - {name[2:] for name in known} == absent

    def test_every_option_of_beam_was_looked_at(self):
        """One that a new version of Beam brings must be refused, or written down here as harmless."""
        from pipeline.runners import beam_options
        from pipeline.runners.vertex import beam, dataflow_options

        known = {flag[2:] for flag in beam_options._parser()._option_string_actions if flag[:2] == "--"}
        free = FREE | FREE_SINCE_2_77 if IS_NEWEST else FREE
        assert known - {"help", *beam._RESERVED, *dataflow_options._REFUSED} == free


def test_other_workers_are_no_other_launch():
    there = configs.parse(changed("beam", {"runner": "portable", "options": {}}))
    assert launch(config=there).identity == launch().identity
    assert launch(config=there).record()["config"] != launch().record()["config"]
    other = configs.parse(changed("window.eval_days", 13))
    assert dataclasses.replace(launch(), config=other).identity != launch().identity
