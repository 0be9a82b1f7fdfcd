//! The evaluator against the model.

use std::cell::RefCell;

use presence_core::Directory;
use presence_proof::{compile, difference};
use presence_vectors::generate::{self, Chance};
use serde_json::Value;

/// How many tenants are kept for calls of many inputs: compiling one takes longer than playing a call.
const TENANTS: u64 = 96;

thread_local! {
    static KEPT: RefCell<Vec<Option<(Value, Directory)>>> = RefCell::new((0..TENANTS).map(|_| None).collect());
}

/// A call goes as the model says.
///
/// The first byte chooses a tenant; from the highest ones on the bytes that follow write one. The rest writes the call and the
/// world, decision by decision.
pub fn against_model(bytes: &[u8]) {
    let Some((&tenant, bytes)) = bytes.split_first() else { return };
    if u64::from(tenant) >= 2 * TENANTS {
        let case = generate::case_by("written", &mut Chance::of(bytes));
        let Some(directory) = compile(&case) else { return };
        return check(&case, &directory);
    }
    let place = u64::from(tenant) % TENANTS;
    KEPT.with_borrow_mut(|kept| {
        let (case, directory) = kept[usize::try_from(place).expect("few tenants")].get_or_insert_with(|| {
            let case = generate::case(place);
            let directory = compile(&case).expect("a drawn tenant compiles");
            (case, directory)
        });
        generate::recall_by(case, "written", &mut Chance::of(bytes));
        check(case, directory);
    });
}

fn check(case: &Value, directory: &Directory) {
    if let Some(told) = difference(case, directory) {
        panic!("{case:#}\n{told}");
    }
}
