"""The loader of all YAML files: the C loader of PyYAML if available, which is ten times as fast."""

import yaml

YAML_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
