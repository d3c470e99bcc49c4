//! Where the declared schema and the history disagree.

use std::collections::BTreeSet;

use crate::catalog::facts::{Certainty, Difference, Facts, Report, compare};
use crate::catalog::{Address, Catalog, Class, ObjectId, Origin};
use crate::finding::Finding;
use crate::project::Project;
use crate::replay::retire::{is_attic, is_retired, is_shelved};
use crate::rules::schema::{drift, possible_drift};

/// Returns a finding for everything in which the declared schema and the history disagree, or may.
pub(super) fn findings(project: &Project, declared: &Catalog, made: &Catalog) -> Vec<Finding> {
    let sides = [declared, made].map(|catalog| Facts::of(catalog).lawful());
    let [left, right] = &sides;
    let unsaid: BTreeSet<&str> =
        sides.iter().flat_map(|facts| TOPICS.iter().copied().filter(|topic| !says(facts, topic))).collect();
    let mut differences = compare(left, right);
    // What is out of sight is there on purpose, and nobody declares it.
    differences.retain(|found| !is_out_of_sight(&found.address));
    differences.retain(|found| found.property.as_ref().is_none_or(|name| !unsaid.contains(topic(name))));
    let of_one = differences.chunk_by(|a, b| a.address == b.address);
    of_one.filter_map(|found| finding(project, declared, made, found)).collect()
}

fn is_out_of_sight(address: &Address) -> bool {
    match address {
        // Roles are the server's, whatever its databases hold.
        Address::Object(id) if id.class == Class::Role => true,
        Address::Object(id) if id.class == Class::Schema => is_attic(id.name.last()),
        Address::Object(id) => id.name.schema().is_some_and(is_attic),
        Address::Column(_, name) | Address::Index(_, name) if is_retired(name) => true,
        other => other.relation().is_some_and(is_shelved),
    }
}

/// What one side may leave to others: a schema that names no owner at all says nothing of owners.
const TOPICS: &[&str] = &["owner", "privilege", "comment", "label"];

fn says(facts: &Facts, wanted: &str) -> bool {
    facts.iter().any(|(_, properties)| properties.keys().any(|name| topic(name) == wanted))
}

fn topic(property: &str) -> &str {
    property.split(' ').next().unwrap_or(property)
}

fn finding(project: &Project, declared: &Catalog, made: &Catalog, found: &[Difference]) -> Option<Finding> {
    let address = &found.first()?.address;
    let (here, there) = (origin(declared, address), origin(made, address));
    let is_sure = found.iter().any(|difference| difference.certainty == Certainty::Differs);
    let rule = if is_sure { &drift::RULE } else { &possible_drift::RULE };
    let place = here.or(there)?;
    let folder = project.settings.schema.as_deref().unwrap_or("schema").trim_end_matches('/');
    let message = match found {
        [Difference { property: None, right: None, .. }] => format!("no migration makes `{address}`"),
        [Difference { property: None, .. }] => {
            format!("the migrations make `{address}`, and {folder}/ does not declare it")
        }
        [Difference { property: Some(property), .. }] => {
            format!("{property} of `{address}` is not what the migrations make")
        }
        _ => format!("`{address}` is not what the migrations make"),
    };
    let mut finding = rule.finding(place.file, place.span, message);
    let evidence = Report { differences: found, left: folder, right: "the migrations" }.to_string();
    let evidence: Vec<&str> = evidence.lines().skip(1).map(str::trim_end).collect();
    if found[0].property.is_some() {
        finding = finding.help(format!("{}\n{}", rule.remedy, evidence.join("\n")));
    } else {
        finding = finding.help(rule.remedy);
    }
    match there.filter(|there| *there != place) {
        Some(there) => Some(finding.label_in(there.file, there.span, "the migrations make it here")),
        None => Some(finding),
    }
}

/// Returns where a thing was made, or what it belongs to.
fn origin(catalog: &Catalog, address: &Address) -> Option<Origin> {
    let found = match address {
        Address::Object(id) => catalog.object(id).map(|object| object.origin),
        Address::DomainConstraint(of, _) | Address::Attribute(of, _) => {
            catalog.object(&ObjectId::new(Class::Type, of.clone())).map(|object| object.origin)
        }
        other => other.relation().and_then(|name| catalog.relation(name)).map(|relation| relation.origin),
    };
    found.filter(|origin| *origin != Origin::default())
}
