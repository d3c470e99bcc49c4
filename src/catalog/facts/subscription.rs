//! Facts of subscriptions.

use super::Page;
use super::definition::value;
use crate::statement::object::publication::CreateSubscription;

/// Options that are orders to the statement that makes the subscription.
const ORDERS: &[&str] = &["connect", "copy_data", "create_slot", "refresh"];

/// What an option is where nothing is said; `streaming` is parallel since PostgreSQL 18.
const USUAL: &[(&str, &str)] = &[
    ("binary", "false"),
    ("disable_on_error", "false"),
    ("enabled", "true"),
    ("failover", "false"),
    ("origin", "any"),
    ("password_required", "true"),
    ("run_as_owner", "false"),
    ("streaming", "false"),
    ("synchronous_commit", "off"),
    ("two_phase", "false"),
];

pub(super) fn facts(page: &mut Page<'_>, create: &CreateSubscription) {
    page.text("connection", &create.connection);
    page.list("publications", &create.publications);
    let held: Vec<(&str, String)> = create
        .options
        .iter()
        .map(|option| (option.name.as_str(), value(page, option)))
        .map(|(name, value)| (name, if name == "synchronous_commit" { value } else { truth(value) }))
        .collect();
    let of = |wanted: &str| held.iter().rev().find(|(name, _)| *name == wanted).map(|(_, value)| value.as_str());
    // Nobody is asked for a slot of a server that is not connected to.
    let is_enabled = of("enabled").map_or(of("connect") != Some("false"), |value| value == "true");
    page.holds("disabled", !is_enabled);
    let is_parallel = page.context.catalog.version.is_since(18);
    for (name, value) in &held {
        let usual = match *name {
            "streaming" if is_parallel => Some("parallel"),
            "slot_name" => Some(create.name.as_str()),
            _ => USUAL.iter().find(|(option, _)| option == name).map(|(_, usual)| *usual),
        };
        if !ORDERS.contains(name) && *name != "enabled" && usual != Some(value.as_str()) {
            page.text(format!("option {name}"), value);
        }
    }
}

/// Writes what is true or false in one way.
fn truth(value: String) -> String {
    match value.to_ascii_lowercase().as_str() {
        "on" | "1" | "true" => "true".to_owned(),
        "off" | "0" | "false" => "false".to_owned(),
        other => other.to_owned(),
    }
}
