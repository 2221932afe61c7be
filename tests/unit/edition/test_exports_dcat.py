"""The description for data portals, read as linked data by rdflib."""

import hashlib
import json

import pytest
from pyshacl import validate
from rdflib import DCAT, DCTERMS, PROV, RDF, SH, Graph, Literal, Namespace, URIRef
from rdflib.namespace import FOAF

from warehouse import catalogue
from warehouse.editions.publish import publish
from warehouse.exports import MEDIA_TYPES, dcat
from warehouse.storage.home import PROJECT

SPDX = Namespace("http://spdx.org/rdf/terms#")
SHAPES = str(PROJECT / "tests" / "fixtures" / "dcat-ap.ttl")
BASE = "https://edition.example/"
PUBLIC = "https://data.example/power"


@pytest.fixture(scope="module")
def graph(edition):
    return Graph().parse(edition.path / dcat.FILE, format="json-ld", publicID=f"{BASE}dcat.jsonld")


@pytest.fixture(scope="module")
def dataset(graph):
    return graph.value(None, RDF.type, DCAT.Dataset, any=False)


def test_every_file_of_data_is_a_distribution_that_can_be_checked(edition, graph, dataset):
    found = {}
    for distribution in graph.objects(dataset, DCAT.distribution):
        address = str(graph.value(distribution, DCAT.downloadURL)).removeprefix(BASE)
        checksum = graph.value(distribution, SPDX.checksum)
        assert graph.value(checksum, SPDX.algorithm) == SPDX.checksumAlgorithm_sha256
        content = (edition.path / address).read_bytes()
        assert str(graph.value(checksum, SPDX.checksumValue)) == hashlib.sha256(content).hexdigest()
        assert int(graph.value(distribution, DCAT.byteSize)) == len(content)
        found[address] = str(graph.value(distribution, DCAT.mediaType)).partition("media-types/")[2]
    assert found["els.csv"] == found["csv/core.dim_locality.csv"] == "text/csv"
    assert found["localities-hexmap.geojson"] == "application/geo+json"
    files = [path for path in edition.path.rglob("*") if path.suffix in MEDIA_TYPES and path.name != "edition.json"]
    assert found.keys() == {path.relative_to(edition.path).as_posix() for path in files}


def test_it_says_which_edition_it_is_and_under_which_licences(edition, graph, dataset):
    assert graph.value(dataset, DCTERMS.identifier) == Literal(edition.id)
    assert graph.value(dataset, DCTERMS.issued).toPython() == edition.built_at
    assert graph.value(dataset, DCTERMS.modified).toPython() == edition.as_of
    licences = set(graph.objects(dataset, DCTERMS.license))
    assert URIRef(catalogue.licences()["OGL-UK-3.0"].url) in licences


def test_it_passes_the_shapes_of_dcat_ap(graph):
    conforms, _, said = validate(graph, shacl_graph=SHAPES, ont_graph=SHAPES)
    assert conforms, said


@pytest.mark.parametrize(
    ("subject", "left_out"),
    [
        (DCAT.Dataset, DCTERMS.description),
        (DCAT.Dataset, DCAT.contactPoint),
        (DCAT.Distribution, DCTERMS.license),
        (FOAF.Agent, FOAF.name),
    ],
)
def test_an_edition_without_a_property_fails_the_shapes_of_dcat_ap(graph, subject, left_out):
    changed = Graph() + graph
    changed.remove((next(graph.subjects(RDF.type, subject)), left_out, None))
    conforms, found, _ = validate(changed, shacl_graph=SHAPES, ont_graph=SHAPES)
    assert not conforms
    assert list(found.objects(None, SH.resultPath)) == [left_out]


def test_with_a_public_address_every_address_is_whole(warehouse, monkeypatch):
    monkeypatch.setenv("CPOWER_PUBLIC_URL", f"{PUBLIC}/")
    edition = publish(warehouse).edition
    found = Graph().parse(edition.path / dcat.FILE, format="json-ld", publicID=BASE)
    for address in (*found.objects(None, DCAT.downloadURL), *found.objects(None, DCAT.accessURL)):
        assert str(address).startswith(f"{PUBLIC}/{edition.id}/")
    package = json.loads((edition.path / "datapackage.json").read_text("utf-8"))
    assert package["id"] == f"{PUBLIC}/{edition.id}/"
    assert package["homepage"] == f"{PUBLIC}/"
    assert package["created"] == edition.built_at.isoformat(timespec="seconds")
    assert f"{PUBLIC}/{edition.id}/" in (edition.path / "README.txt").read_text("utf-8")


def test_every_source_has_a_publisher_a_licence_and_a_page(graph, dataset):
    sources = list(graph.objects(dataset, PROV.wasDerivedFrom))
    assert len(sources) >= 2
    for source in sources:
        assert graph.value(graph.value(source, DCTERMS.publisher), FOAF.name)
        assert graph.value(source, DCTERMS.license)
        assert graph.value(source, DCAT.landingPage)
