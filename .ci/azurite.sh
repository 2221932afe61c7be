#!/usr/bin/env bash
# Makes sure that the tests have an Azure Blob storage to publish to: Microsoft's emulator Azurite, where npm may install
# it. The tests start a server of their own.
set -eu
command -v azurite-blob >/dev/null && exit 0
if ! command -v npm >/dev/null || ! npm install --global --no-audit --no-fund --loglevel=error azurite@3.35.0 >/dev/null; then
    echo "No Azurite found and no npm that may install it: the tests that publish to Azure will be skipped." >&2
fi
