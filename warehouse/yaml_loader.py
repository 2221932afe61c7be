"""The loaders of all YAML files: the C loaders of PyYAML if available, which are ten times as fast.

`TEXT_LOADER` keeps every value as the text in the file, so that a year or a date is not read as a number.
"""

import yaml

YAML_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
TEXT_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
