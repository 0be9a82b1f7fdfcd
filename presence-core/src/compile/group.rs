//! Ring groups: members, circles, depth, and whom each group reaches.

use alloc::borrow::ToOwned as _;
use alloc::boxed::Box;
use alloc::collections::{BTreeMap, VecDeque};
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use super::profile::{default_timeout, ring_secs};
use super::scope::Scope;
use super::values::{extension_number, no_emergency, required, undeclared};
use crate::group::Member;
use crate::index::Order;
use crate::limits::{GROUP_DEPTH_MAX, GROUP_REACH_MAX};
use crate::problem::{Doubt, Judge, Place};
use crate::{Destination, ExtensionNumber, Fault, Group, InvalidNumber, raw};

/// A group while its members are told apart.
struct Draft<'a> {
    key: &'a str,
    group: Group,
    /// The nested groups: at which member, and which draft.
    nested: Vec<(usize, usize)>,
}

pub(super) fn groups(
    raw: &raw::Map<raw::Group>,
    scope: &Scope<'_>,
    place: &Place<'_>,
    judge: &mut Judge,
) -> Vec<Group> {
    let repeated = raw.repeated();
    let mut drafts: Vec<Draft<'_>> = Vec::with_capacity(raw.len());
    for (n, (key, raw)) in raw.iter().enumerate() {
        let at = place.key(key);
        let number = extension_number(key, &at, judge);
        if repeated.binary_search(&n).is_ok() {
            judge.fault(&at, Fault::Duplicate(key.to_owned()));
            continue;
        }
        if number.is_some_and(scope.is_extension) {
            judge.fault(&at, Fault::Taken { given: key.to_owned(), holder: "the number of an extension".into() });
        }
        if let Some(number) = number {
            no_emergency(number, scope.policy, &at, judge);
        }
        let judged = group(number, raw, scope, &at, judge);
        drafts.extend(judged.map(|group| Draft { key, group, nested: Vec::new() }));
    }
    let by_number = Order::by(&drafts, |draft| draft.group.number);
    let mut nested: Vec<Vec<(usize, usize)>> = Vec::with_capacity(drafts.len());
    for draft in &drafts {
        let members = draft.group.members.iter().enumerate();
        nested.push(
            members
                .filter_map(|(n, member)| {
                    let Member::Group(number) = member else { return None };
                    let (at, _) = by_number.find(&drafts, |draft| draft.group.number.cmp(number))?;
                    Some((n, at))
                })
                .collect(),
        );
    }
    for (draft, nested) in drafts.iter_mut().zip(nested) {
        draft.nested = nested;
    }
    if nesting_is_sound(&mut drafts, place, judge) {
        reach(&mut drafts, place, judge);
    }
    drafts.into_iter().map(|draft| draft.group).collect()
}

fn group(
    number: Option<ExtensionNumber>,
    raw: &raw::Group,
    scope: &Scope<'_>,
    place: &Place<'_>,
    judge: &mut Judge,
) -> Option<Group> {
    let at = place.key("members");
    let members = required(raw.members.as_deref(), &at, judge).unwrap_or_default();
    if raw.members.as_ref().is_some_and(Vec::is_empty) {
        judge.doubt(&at, Doubt::NoEffect("the group has no member"));
    }
    let mut judged = |(n, given): (usize, &String)| member(given, scope, &at.item(n), judge);
    // A stand-in for a member that is none keeps the places; nobody sees it, since the document is refused.
    let stand_in = Member::Extension(ExtensionNumber::STAND_IN);
    let members: Box<[Member]> = members.iter().enumerate().map(|entry| judged(entry).unwrap_or(stand_in)).collect();
    let timeout_secs = ring_secs(raw.timeout, scope.policy, &place.key("timeout"), judge);
    let then = raw.then.as_deref().and_then(|given| then(given, scope, &place.key("then"), judge));
    Some(Group {
        number: number?,
        members,
        flat: Box::default(),
        strategy: raw.strategy.unwrap_or_default(),
        timeout_secs: timeout_secs.unwrap_or_else(|| default_timeout(scope.policy)),
        then,
    })
}

fn member(given: &str, scope: &Scope<'_>, place: &Place<'_>, judge: &mut Judge) -> Option<Member> {
    let (digits, nested) = match given.strip_prefix("group:") {
        Some(digits) => (digits, true),
        None => (given, false),
    };
    let Ok(number) = digits.parse::<ExtensionNumber>() else {
        judge.fault(place, Fault::Number { why: InvalidNumber::Extension, given: given.to_owned() });
        return None;
    };
    match nested {
        true if (scope.is_group)(number) => Some(Member::Group(number)),
        true => {
            undeclared("group", digits, place, judge);
            None
        }
        false if (scope.is_extension)(number) => Some(Member::Extension(number)),
        false => {
            undeclared("extension", digits, place, judge);
            None
        }
    }
}

fn then(given: &str, scope: &Scope<'_>, place: &Place<'_>, judge: &mut Judge) -> Option<Destination> {
    let to = scope.destination(given, place, judge)?;
    if matches!(to, Destination::Voicemail | Destination::Mobile) {
        let fault =
            Fault::Contradiction("a group has no mailbox or mobile of its own: name one, as in `voicemail:1001`");
        judge.fault(place, fault);
        return None;
    }
    Some(to)
}

/// How many loops that share groups are told at once.
const LOOPS_MAX: usize = 16;

/// Whether no group contains itself and none nests too deep; tells where one does, and leaves out each member that closes a loop.
fn nesting_is_sound(drafts: &mut [Draft<'_>], place: &Place<'_>, judge: &mut Judge) -> bool {
    let mut components = components(drafts);
    let mut too_deep = too_deep(drafts, &components);
    let mut sound = too_deep.is_empty();
    // Each round tells one loop of each component; what it leaves out uncovers others.
    for _ in 0..LOOPS_MAX {
        let loops = loops(drafts, &components);
        if loops.is_empty() {
            break;
        }
        sound = false;
        for way in loops {
            tell_loop(drafts, &way, place, judge);
        }
        components = self::components(drafts);
    }
    too_deep.sort_unstable();
    for (group, member, given) in too_deep {
        if let Some(draft) = drafts.get(group) {
            let group_place = place.key(draft.key);
            let members = group_place.key("members");
            judge.fault_between(&members.item(member), &group_place, Fault::TooDeep { max: GROUP_DEPTH_MAX, given });
        }
    }
    sound
}

/// Tells a loop at the member that leads on, and leaves that member out.
fn tell_loop(drafts: &mut [Draft<'_>], way: &[usize], place: &Place<'_>, judge: &mut Judge) {
    let Some(first) = way.first() else { return };
    let next = way.get(1).unwrap_or(first);
    let fault = Fault::Circle { circle: shown(drafts, way) };
    let Some(draft) = drafts.get_mut(*first) else { return };
    let Some(at) = draft.nested.iter().position(|(_, to)| to == next) else { return };
    let (member, _) = draft.nested.remove(at);
    let group = place.key(draft.key);
    judge.fault(&group.key("members").item(member), fault);
}

/// The groups that nest too deep: which, at which of its members, and how deep; one in a loop has no depth.
fn too_deep(drafts: &[Draft<'_>], components: &[Vec<usize>]) -> Vec<(usize, usize, usize)> {
    let mut depth = alloc::vec![1_usize; drafts.len()];
    let mut too_deep = Vec::new();
    // The components come so that those which a group contains are done before it.
    for groups in components {
        let [group] = groups.as_slice() else { continue };
        let nested = drafts.get(*group).map(|draft| draft.nested.as_slice()).unwrap_or_default();
        if nested.iter().any(|(_, to)| to == group) {
            continue;
        }
        let below = |(member, to): &(usize, usize)| (depth.get(*to).copied().unwrap_or(1), *member);
        let deepest = nested.iter().map(below).max_by_key(|(deep, member)| (*deep, usize::MAX - member));
        if let Some((below, member)) = deepest {
            let deep = below + 1;
            if let Some(depth) = depth.get_mut(*group) {
                *depth = deep;
            }
            if deep > GROUP_DEPTH_MAX {
                too_deep.push((*group, member, deep));
            }
        }
    }
    too_deep
}

/// A loop of each component that has one, from its first group in the document on.
fn loops(drafts: &[Draft<'_>], components: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut component = alloc::vec![0_usize; drafts.len()];
    for (n, groups) in components.iter().enumerate() {
        for group in groups {
            if let Some(of) = component.get_mut(*group) {
                *of = n;
            }
        }
    }
    let inside = |first: usize| {
        let component = &component;
        move |group: usize| component.get(group) == component.get(first)
    };
    components
        .iter()
        .filter_map(|groups| groups.iter().min())
        .filter_map(|first| circle(drafts, *first, inside(*first)))
        .collect()
}

/// The strongly connected components, those that others lead to first (Tarjan, without recursion: a document may chain
/// thousands of groups).
fn components(drafts: &[Draft<'_>]) -> Vec<Vec<usize>> {
    #[derive(Clone, Copy, Default)]
    struct Mark {
        order: usize,
        low: usize,
        on_stack: bool,
    }
    let mut marks: Vec<Mark> = alloc::vec![Mark::default(); drafts.len()];
    let mark = |marks: &[Mark], at: usize| marks.get(at).copied().unwrap_or_default();
    let mut found = Vec::new();
    let mut stack: Vec<usize> = Vec::new();
    let mut seen = 0;
    for root in 0..drafts.len() {
        if mark(&marks, root).order != 0 {
            continue;
        }
        // Each entry: a group, and how many of its nested groups have been visited.
        let mut path: Vec<(usize, usize)> = alloc::vec![(root, 0)];
        while let Some((at, visited)) = path.pop() {
            if visited == 0 {
                seen += 1;
                if let Some(mark) = marks.get_mut(at) {
                    *mark = Mark { order: seen, low: seen, on_stack: true };
                }
                stack.push(at);
            }
            if let Some((_, to)) = drafts.get(at).and_then(|draft| draft.nested.get(visited)) {
                path.push((at, visited + 1));
                let next = mark(&marks, *to);
                if next.order == 0 {
                    path.push((*to, 0));
                } else if let Some(mark) = marks.get_mut(at).filter(|_| next.on_stack) {
                    mark.low = mark.low.min(next.order);
                }
                continue;
            }
            let Mark { order, low, .. } = mark(&marks, at);
            if let Some(mark) = path.last().and_then(|(above, _)| marks.get_mut(*above)) {
                mark.low = mark.low.min(low);
            }
            if low == order {
                let start = stack.iter().rposition(|group| *group == at).unwrap_or(0);
                let component = stack.split_off(start);
                for group in &component {
                    if let Some(mark) = marks.get_mut(*group) {
                        mark.on_stack = false;
                    }
                }
                found.push(component);
            }
        }
    }
    found
}

/// The shortest way from a group through others of its component back to itself.
fn circle(drafts: &[Draft<'_>], first: usize, inside: impl Fn(usize) -> bool) -> Option<Vec<usize>> {
    let mut came_from: BTreeMap<usize, usize> = BTreeMap::new();
    let mut queue = VecDeque::from([first]);
    while let Some(at) = queue.pop_front() {
        for (_, to) in drafts.get(at).map(|draft| draft.nested.as_slice()).unwrap_or_default() {
            if *to == first {
                let mut way: Vec<usize> = core::iter::successors(Some(at), |at| came_from.get(at).copied()).collect();
                way.reverse();
                return Some(way);
            }
            if inside(*to) && !came_from.contains_key(to) {
                came_from.insert(*to, at);
                queue.push_back(*to);
            }
        }
    }
    None
}

/// A loop as a message shows it.
fn shown(drafts: &[Draft<'_>], way: &[usize]) -> String {
    const SHOWN_MAX: usize = 8;
    let number = |at: &usize| drafts.get(*at).map(|draft| draft.group.number.to_string()).unwrap_or_default();
    let mut shown: Vec<String> = way.iter().take(SHOWN_MAX).map(number).collect();
    if way.len() > SHOWN_MAX {
        shown.push("…".into());
    }
    format!("{} > {}", shown.join(" > "), way.first().map(number).unwrap_or_default())
}

/// Fills in whom each group reaches, nested members in their place, each extension once.
fn reach(drafts: &mut [Draft<'_>], place: &Place<'_>, judge: &mut Judge) {
    let mut everybody: Vec<ExtensionNumber> =
        drafts.iter().flat_map(|draft| draft.group.members.iter()).filter_map(extension).collect();
    everybody.sort_unstable();
    everybody.dedup();
    let mut walk = Walk {
        drafts,
        everybody: &everybody,
        met: alloc::vec![0; everybody.len()],
        entered: alloc::vec![0; drafts.len()],
        root: 0,
        steps: 0,
    };
    let mut reached: Vec<Box<[ExtensionNumber]>> = Vec::with_capacity(drafts.len());
    for root in 0..walk.drafts.len() {
        walk.root = root + 1;
        let mut flat = Vec::new();
        walk.enter(root, &mut flat);
        reached.push(flat.into());
        if walk.steps > GROUP_REACH_MAX {
            let key = walk.drafts.get(root).map_or("", |draft| draft.key);
            let fault = Fault::TooMany { max: GROUP_REACH_MAX, given: walk.steps };
            judge.fault(&place.key(key).key("members"), fault);
            return;
        }
    }
    for (draft, flat) in drafts.iter_mut().zip(reached) {
        draft.group.flat = flat;
    }
}

const fn extension(member: &Member) -> Option<ExtensionNumber> {
    match member {
        Member::Extension(number) => Some(*number),
        Member::Group(_) => None,
    }
}

/// A walk from one group after the other; a stamp says for which of them an extension or group was met last.
struct Walk<'a, 'd> {
    drafts: &'a [Draft<'d>],
    everybody: &'a [ExtensionNumber],
    met: Vec<usize>,
    entered: Vec<usize>,
    root: usize,
    steps: usize,
}

impl Walk<'_, '_> {
    /// Goes no deeper than [`GROUP_DEPTH_MAX`], which has been judged.
    fn enter(&mut self, group: usize, flat: &mut Vec<ExtensionNumber>) {
        let Some(draft) = self.drafts.get(group) else { return };
        match self.entered.get_mut(group) {
            Some(stamp) if *stamp != self.root => *stamp = self.root,
            _ => return,
        }
        let mut nested = draft.nested.iter().peekable();
        for (n, member) in draft.group.members.iter().enumerate() {
            self.steps += 1;
            if self.steps > GROUP_REACH_MAX {
                return;
            }
            let Some(number) = extension(member) else {
                if let Some((_, to)) = nested.next_if(|(at, _)| *at == n) {
                    self.enter(*to, flat);
                }
                continue;
            };
            let at = self.everybody.binary_search(&number).unwrap_or(usize::MAX);
            if let Some(stamp) = self.met.get_mut(at).filter(|stamp| **stamp != self.root) {
                *stamp = self.root;
                flat.push(number);
            }
        }
    }
}
