"""Writes `dcat.jsonld`: DCAT 3 in JSON-LD for data portals, as the profile DCAT-AP 3 asks for it.

One data set with a distribution for every data file: media type, size and SHA-256. Without a public address
(`CPOWER_PUBLIC_URL`), addresses are relative to the file itself, so they work wherever the edition is. Its sources are
entities with publisher and licence (`prov:wasDerivedFrom`), so that a portal does not list them as data sets of this
project. The file contains the checksum of the DuckDB file, so it depends on the edition and not only on the build.

References: https://www.w3.org/TR/vocab-dcat-3/, https://semiceu.github.io/DCAT-AP/releases/3.0.0/.
"""

import json
from pathlib import Path
from typing import Any

import duckdb

from warehouse.catalogue import Licence, Source, licences
from warehouse.exports import MEDIA_TYPES, Content, csv, datapackage, parquet

FILE = "dcat.jsonld"
FOLDERS = (".", csv.FOLDER, parquet.FOLDER)
CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcterms": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "prov": "http://www.w3.org/ns/prov#",
    "spdx": "http://spdx.org/rdf/terms#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
MEDIA_TYPE = "https://www.iana.org/assignments/media-types/"
LANGUAGE = "http://publications.europa.eu/resource/authority/language/"
AGENT = {"@type": "foaf:Agent", "foaf:name": "Community Power"}
KEYWORDS = ("community power", "social cohesion", "deprivation", "grants", "local authorities")
THEME = "http://publications.europa.eu/resource/authority/data-theme/"
FREQUENCY = "http://publications.europa.eu/resource/authority/frequency/"
COUNTRY = "http://publications.europa.eu/resource/authority/country/GBR"


def write(content: Content, database: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Write `dcat.jsonld` for the files in the folder."""
    files = [path for name in FOLDERS for path in sorted((folder / name).iterdir()) if path.suffix in MEDIA_TYPES]
    dataset: dict[str, Any] = {
        "@context": CONTEXT,
        "@id": "#dataset",
        "@type": "dcat:Dataset",
        "dcterms:title": _in_english("Community Power"),
        "dcterms:description": _in_english(datapackage.DESCRIPTION),
        "dcterms:identifier": content.edition_id,
        "dcterms:issued": {"@type": "xsd:dateTime", "@value": content.built_at.isoformat(timespec="seconds")},
        "dcterms:modified": {"@type": "xsd:date", "@value": content.build.as_of.isoformat()},
        "dcterms:publisher": AGENT,
        "dcat:contactPoint": {"@type": "vcard:Organization", "vcard:fn": AGENT["foaf:name"]}
        | ({"vcard:hasURL": {"@id": content.public_url}} if content.public_url else {}),
        "dcat:keyword": [_in_english(word) for word in KEYWORDS],
        "dcat:theme": [{"@id": f"{THEME}{code}"} for code in ("SOCI", "GOVE", "REGI")],
        "dcterms:accrualPeriodicity": {"@id": f"{FREQUENCY}IRREG"},
        "dcterms:language": [{"@id": f"{LANGUAGE}{language}"} for language in ("ENG", "CYM")],
        "dcterms:spatial": {"@id": COUNTRY},
        "dcat:version": content.version,
        "dcterms:license": [_licence(licence) for licence in content.licences],
        **({"dcterms:rights": _rights(notice)} if (notice := content.share_alike_notice(database)) else {}),
        "prov:wasDerivedFrom": [_source(source) for source in content.sources],
        "dcat:distribution": [_distribution(content, path, folder) for path in files],
    }
    (folder / FILE).write_text(json.dumps(dataset, ensure_ascii=False, indent=2) + "\n", "utf-8")


def _in_english(text: str) -> dict[str, str]:
    return {"@value": text, "@language": "en"}


def _licence(licence: Licence) -> dict[str, Any]:
    return {
        "@id": licence.url,
        "@type": "dcterms:LicenseDocument",
        "dcterms:title": licence.title,
        "dcterms:identifier": licence.id,
    }


def _one_licence(content: Content) -> dict[str, Any]:
    """Return the one licence document that a distribution may have: the file that names the licence of each source."""
    return {
        "@id": content.address + "README.txt",
        "@type": "dcterms:LicenseDocument",
        "dcterms:title": _in_english("Licences of the sources"),
        "dcterms:references": [{"@id": licence.url} for licence in content.licences],
    }


def _rights(notice: str) -> dict[str, Any]:
    return {"@type": "dcterms:RightsStatement", "dcterms:description": _in_english(notice)}


def _source(source: Source) -> dict[str, Any]:
    return {
        "@id": f"#source-{source.id}",
        "@type": "prov:Entity",
        "dcterms:title": _in_english(source.title),
        "dcterms:publisher": {"@type": "foaf:Agent", "foaf:name": source.publisher},
        "dcterms:license": {"@id": licences()[source.licence].url},
        "dcterms:bibliographicCitation": source.attribution,
        "dcat:landingPage": {"@id": source.landing_page},
    }


def _distribution(content: Content, path: Path, folder: Path) -> dict[str, Any]:
    name = path.relative_to(folder).as_posix()
    return {
        "@id": f"#{name}",
        "@type": "dcat:Distribution",
        "dcterms:title": name,
        "dcat:accessURL": {"@id": content.address or "./"},
        "dcat:downloadURL": {"@id": content.address + name},
        "dcterms:license": _one_licence(content),
        "dcat:mediaType": {"@id": MEDIA_TYPE + MEDIA_TYPES[path.suffix]},
        "dcat:byteSize": {"@type": "xsd:nonNegativeInteger", "@value": str(path.stat().st_size)},
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": {"@id": "spdx:checksumAlgorithm_sha256"},
            "spdx:checksumValue": {"@type": "xsd:hexBinary", "@value": content.shared.digest(path)},
        },
    }
