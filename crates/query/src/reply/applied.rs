//! `Preference-Applied`: the preferences that had an effect, in PostgREST's order.

use crate::request::{Action, Count, Request, Resolution, Return, TransactionEnd};
use crate::{ApiSettings, TransactionOverride};

/// Returns the header; nothing when no preference had an effect. `resolved` tells that an insert had a unique set by which it looked
/// for rows that exist.
pub(super) fn header(request: &Request, resolved: bool, settings: &ApiSettings) -> Option<String> {
    let preferences = &request.preferences;
    let action = &request.action;
    let is_insert = matches!(action, Action::Insert { .. });
    let is_update = matches!(action, Action::Update { .. });
    let is_read = matches!(action, Action::Read | Action::Call { .. });
    let may_override = settings.tx_end != TransactionOverride::Commit;
    // Neither an insert nor a read is bounded by `max-affected`, and it means nothing without strictness.
    let is_bounded = preferences.strict == Some(true)
        && (is_update || matches!(action, Action::Delete | Action::Call { .. }));
    let resolution = preferences.resolution.filter(|_| is_insert && resolved);
    let missing = preferences
        .missing_default
        .filter(|_| is_insert || is_update);
    let r#return = preferences.r#return.filter(|_| !is_read);
    let tx = preferences.tx.filter(|_| may_override);
    let applied = [
        resolution.map(|it| resolution_word(it).to_owned()),
        missing.map(|default| missing_word(default).to_owned()),
        r#return.map(|it| return_word(it).to_owned()),
        preferences.count.map(|it| count_word(it).to_owned()),
        tx.map(|it| tx_word(it).to_owned()),
        preferences
            .strict
            .map(|strict| handling_word(strict).to_owned()),
        preferences
            .timezone
            .as_ref()
            .map(|zone| format!("timezone={zone}")),
        preferences
            .max_affected
            .filter(|_| is_bounded)
            .map(|most| format!("max-affected={most}")),
    ];
    let applied: Vec<String> = applied.into_iter().flatten().collect();
    (!applied.is_empty()).then(|| applied.join(", "))
}

fn resolution_word(resolution: Resolution) -> &'static str {
    match resolution {
        Resolution::MergeDuplicates => "resolution=merge-duplicates",
        Resolution::IgnoreDuplicates => "resolution=ignore-duplicates",
    }
}

fn missing_word(default: bool) -> &'static str {
    if default {
        "missing=default"
    } else {
        "missing=null"
    }
}

fn return_word(r#return: Return) -> &'static str {
    match r#return {
        Return::Minimal => "return=minimal",
        Return::HeadersOnly => "return=headers-only",
        Return::Representation => "return=representation",
    }
}

fn count_word(count: Count) -> &'static str {
    match count {
        Count::Exact => "count=exact",
        Count::Planned => "count=planned",
        Count::Estimated => "count=estimated",
    }
}

fn tx_word(tx: TransactionEnd) -> &'static str {
    match tx {
        TransactionEnd::Commit => "tx=commit",
        TransactionEnd::Rollback => "tx=rollback",
    }
}

fn handling_word(strict: bool) -> &'static str {
    if strict {
        "handling=strict"
    } else {
        "handling=lenient"
    }
}
