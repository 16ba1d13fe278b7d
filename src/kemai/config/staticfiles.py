"""Static files with the hash of their content in the name, so that browsers may keep them for ever."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStaticFilesStorage(CompressedManifestStaticFilesStorage):
    # Our JavaScript modules import one another by relative path: those names get their hash too.
    support_js_module_import_aggregation = True
