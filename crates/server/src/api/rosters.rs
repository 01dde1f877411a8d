//! Duty rosters over HTTP: the week, proposals and why they are refused, leave, swaps, hand-over notes.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::{Path, Query, State};
use command::rosters::{Clash, rotate};
use command::routine::Routine;
use facts::{
    ActorId, Body, Date, Draft, FactId, Jurisdiction, PostFact, PostId, PostRole, Scope, Shift, ShiftName, Span,
    Timestamp, Turn,
};
use jiff::ToSpan;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::headquarters::{drafted, kept, post_of, read, was_made};
use crate::accounts::Action;
use crate::officers::Officers;
use crate::refusal::Refusal;
use crate::session::{App, SignedIn};
use crate::views::WordsView;
use crate::views::rosters::{ClashView, GapRow, LeaveRow, NoteRow, ShiftRow, SwapRow};

/// The most days that are shown at once.
const DAYS_MAX: u16 = 31;
/// The most days of one rotation.
const ROTATION_DAYS_MAX: u16 = 62;
/// The longest leave, in days; longer, and the year is a slip.
const LEAVE_DAYS_MAX: i64 = 366;

/// Which roster.
#[derive(Deserialize, IntoParams)]
pub struct RosterQuery {
    /// Whose headquarters.
    #[param(value_type = String)]
    headquarters: Jurisdiction,
    /// The first day; today unless given.
    #[param(value_type = Option<String>)]
    from: Option<Date>,
    /// How many days, at most 31; seven unless given.
    days: Option<u16>,
}

/// The roster of one post.
#[derive(Serialize, ToSchema)]
pub struct PostRoster {
    #[schema(value_type = String)]
    post: PostId,
    name: WordsView,
    department: String,
    department_name: WordsView,
    around_the_clock: bool,
    /// Whether it is to be filled now.
    active: bool,
    shifts: Vec<ShiftRow>,
    /// Drawn as holes; none for a post that is not to be filled.
    gaps: Vec<GapRow>,
}

/// The rosters of a headquarters.
#[derive(Serialize, ToSchema)]
pub struct RosterView {
    #[schema(value_type = String)]
    headquarters: Jurisdiction,
    #[schema(value_type = String)]
    from: Date,
    days: u16,
    /// By which clock days begin.
    zone: &'static str,
    posts: Vec<PostRoster>,
    leave: Vec<LeaveRow>,
    swaps: Vec<SwapRow>,
}

/// Days by the clock of the province.
fn days_of(app: &App, from: Option<Date>, days: u16) -> Result<(Date, Span), Refusal> {
    let zone = crate::deployment::zone();
    let from = from.unwrap_or_else(|| zone.to_datetime(app.deployment.now()).date());
    let midnight = |day: Date| zone.to_timestamp(day.at(0, 0, 0, 0));
    let end = from.checked_add(i64::from(days).days()).and_then(midnight);
    let span = midnight(from).and_then(|start| end.map(|end| (start, end)));
    let span = span.ok().and_then(|(start, end)| Span::new(start, end).ok());
    Ok((from, span.ok_or_else(|| Refusal::invalid("from", "lies beyond the calendar"))?))
}

/// The shifts of a headquarters, day by day, with their gaps.
#[utoipa::path(get, path = "/rosters", params(RosterQuery), responses((status = 200, body = RosterView)))]
pub async fn week(
    State(app): State<App>,
    asking: SignedIn,
    Query(query): Query<RosterQuery>,
) -> Result<Json<RosterView>, Refusal> {
    if !asking.may(Action::SeeCommand)?.covers(query.headquarters) {
        return Err(Refusal::NotFound);
    }
    let days = query.days.unwrap_or(7).clamp(1, DAYS_MAX);
    let (from, within) = days_of(&app, query.from, days)?;
    let deployment = &app.deployment;
    let officers = Officers::of(deployment).await?;
    let now = deployment.now();
    let commanding = deployment.commanding();
    let routine = &commanding.command.routine;
    let headquarters = routine.posts.headquarters(query.headquarters, now).ok_or(Refusal::NotFound)?;
    let level = routine.level(query.headquarters, now).level;
    let mut posts = Vec::new();
    let mut named: BTreeSet<ActorId> = BTreeSet::new();
    for post in headquarters.posts() {
        let active = post.is_active(level);
        let shifts: Vec<_> = routine.rosters.shifts(post.id, within).collect();
        named.extend(shifts.iter().flat_map(|rostered| [rostered.shift.primary, rostered.shift.deputy]));
        let held = routine.posts.holders(post.id, now);
        named.extend(held.into_iter().flat_map(|held| [held.primary, held.deputy]).flatten());
        // What is over needs nobody any more.
        let ahead = Span::new(within.start().max(now), within.end()).ok();
        let gaps = ahead.filter(|_| active && post.kind.around_the_clock);
        posts.push(PostRoster {
            post: post.id,
            name: post.kind.name.clone().into(),
            department: post.department.code.clone(),
            department_name: post.department.name.clone().into(),
            around_the_clock: post.kind.around_the_clock,
            active,
            shifts: shifts
                .into_iter()
                .map(|rostered| ShiftRow::of(routine, &officers, &post, rostered, asking.account.actor, now))
                .collect(),
            gaps: gaps.map(|ahead| GapRow::of(routine, post.id, ahead)).unwrap_or_default(),
        });
    }
    let leave =
        named.iter().flat_map(|&officer| routine.rosters.leave(officer, within).map(move |leave| (officer, *leave)));
    let leave = leave.map(|(officer, leave)| LeaveRow {
        fact: leave.fact,
        officer: officers.view(officer),
        start: leave.span.start(),
        end: leave.span.end(),
        planned: leave.planned,
    });
    let own: BTreeSet<PostId> = headquarters.posts().map(|post| post.id).collect();
    let swaps = routine.rosters.swaps().filter(|(_, swap)| {
        let here = own.contains(&swap.mine.shift.post) || own.contains(&swap.theirs.shift.post);
        here && within.start() <= swap.mine.shift.start.max(swap.theirs.shift.start)
    });
    Ok(Json(RosterView {
        headquarters: query.headquarters,
        from,
        days,
        zone: "+08:00",
        posts,
        leave: leave.collect(),
        swaps: swaps.map(|(fact, swap)| SwapRow::of(routine, &officers, fact, swap, now)).collect(),
    }))
}

/// A shift as it is proposed, by the names of accounts.
#[derive(Deserialize, ToSchema)]
pub struct ProposedShift {
    #[schema(value_type = String)]
    start: Timestamp,
    #[schema(value_type = String)]
    end: Timestamp,
    primary: String,
    deputy: String,
}

/// Shifts of a post.
#[derive(Deserialize, ToSchema)]
pub struct Proposal {
    #[schema(value_type = String)]
    post: PostId,
    /// At most 400.
    shifts: Vec<ProposedShift>,
    #[serde(default)]
    preview: bool,
    key: String,
}

/// What became of shifts that were proposed.
#[derive(Serialize, ToSchema)]
pub struct Proposed {
    /// How many were rostered; none when anything is refused.
    accepted: usize,
    refused: Vec<ClashView>,
    /// What would be left open within the time of the proposal.
    gaps: Vec<GapRow>,
    /// The shifts, where a rotation made them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    shifts: Vec<ProposedRow>,
    preview: bool,
}

/// A shift that a rotation made.
#[derive(Serialize, ToSchema)]
pub struct ProposedRow {
    #[schema(value_type = String)]
    start: Timestamp,
    #[schema(value_type = String)]
    end: Timestamp,
    primary: crate::views::board::OfficerView,
    deputy: crate::views::board::OfficerView,
}

/// Records shifts, if they clash with nothing, or says with what they do.
async fn roster(
    app: &App,
    asking: &SignedIn,
    post: PostId,
    shifts: Vec<Shift>,
    preview: bool,
    key: &str,
    rotated: bool,
) -> Result<Json<Proposed>, Refusal> {
    if shifts.is_empty() || shifts.len() > facts::post::SHIFTS_AT_ONCE_MAX {
        return Err(Refusal::invalid("shifts", "give one shift at least and 400 at most"));
    }
    let deployment = &app.deployment;
    let officers = Officers::of(deployment).await?;
    let mut shifts = shifts;
    shifts.sort();
    let body = Body::Post(PostFact::Rostered { post, shifts: shifts.clone() });
    let draft = drafted(app, asking, &format!("roster {post}"), key, body);
    let now = deployment.now();
    let look = |routine: &Routine| -> Result<Vec<Draft>, Vec<Clash>> {
        let Some(known) = routine.posts.post(post) else { return Ok(Vec::new()) };
        let rules = &known.headquarters.template.roster;
        let clashes = routine.rosters.propose(rules, post, known.kind.around_the_clock, &shifts, now);
        if clashes.is_empty() { Ok(vec![draft.clone()]) } else { Err(clashes) }
    };
    let clashes = if was_made(app, &draft).is_some() {
        Vec::new()
    } else if preview {
        look(&deployment.commanding().command.routine).err().unwrap_or_default()
    } else {
        deployment.record_if(look).await?.err().unwrap_or_default()
    };
    let commanding = deployment.commanding();
    let routine = &commanding.command.routine;
    let hull = match (shifts.first(), shifts.iter().map(|shift| shift.span.end()).max()) {
        (Some(first), Some(end)) => Span::new(first.span.start(), end).ok(),
        _ => None,
    };
    let recorded = clashes.is_empty() && !preview;
    let gaps = hull.filter(|_| recorded).map(|hull| GapRow::of(routine, post, hull)).unwrap_or_default();
    let row = |shift: &Shift| ProposedRow {
        start: shift.span.start(),
        end: shift.span.end(),
        primary: officers.view(shift.primary),
        deputy: officers.view(shift.deputy),
    };
    Ok(Json(Proposed {
        accepted: if clashes.is_empty() { shifts.len() } else { 0 },
        refused: ClashView::all(routine, &officers, &clashes),
        gaps,
        shifts: if rotated { shifts.iter().map(row).collect() } else { Vec::new() },
        preview,
    }))
}

/// Roster shifts of a post. Nothing is recorded when anything clashes, and the answer says with what.
#[utoipa::path(post, path = "/rosters", responses((status = 200, body = Proposed)))]
pub async fn propose(
    State(app): State<App>,
    asking: SignedIn,
    Json(given): Json<Proposal>,
) -> Result<Json<Proposed>, Refusal> {
    let headquarters = post_of(&app, &asking.may(Action::KeepPosts)?, given.post)?;
    let officers = Officers::of(&app.deployment).await?;
    let shift = |shift: &ProposedShift| {
        let span = Span::new(shift.start, shift.end).map_err(|error| Refusal::invalid("shifts", error.to_string()))?;
        let primary = officers.named("shifts", &shift.primary, headquarters)?;
        Ok(Shift { span, primary, deputy: officers.named("shifts", &shift.deputy, headquarters)? })
    };
    let shifts = given.shifts.iter().map(shift).collect::<Result<Vec<_>, Refusal>>()?;
    roster(&app, &asking, given.post, shifts, given.preview, &given.key, false).await
}

/// A rotation.
#[derive(Deserialize, ToSchema)]
pub struct Rotation {
    #[schema(value_type = String)]
    post: PostId,
    /// The first day.
    #[schema(value_type = String)]
    from: Date,
    /// How many days, at most 62.
    days: u16,
    /// The names of accounts, two at least, in the order in which they take turns.
    team: Vec<String>,
    /// 8, 12 or 24.
    shift_hours: u8,
    /// At which hour of the day the first shift begins.
    first_hour: u8,
    #[serde(default)]
    preview: bool,
    key: String,
}

/// Roster a team that takes turns: whoever is deputy of one shift is primary of the next.
#[utoipa::path(post, path = "/rosters/rotate", responses((status = 200, body = Proposed)))]
pub async fn rotation(
    State(app): State<App>,
    asking: SignedIn,
    Json(given): Json<Rotation>,
) -> Result<Json<Proposed>, Refusal> {
    let headquarters = post_of(&app, &asking.may(Action::KeepPosts)?, given.post)?;
    if given.days == 0 || given.days > ROTATION_DAYS_MAX {
        return Err(Refusal::invalid("days", "give 1 to 62"));
    }
    let officers = Officers::of(&app.deployment).await?;
    let team = given.team.iter().map(|name| officers.named("team", name, headquarters));
    let team = team.collect::<Result<Vec<ActorId>, Refusal>>()?;
    let zone = crate::deployment::zone();
    let shifts = rotate(&team, given.from, given.days, given.shift_hours, given.first_hour, &zone)
        .map_err(|error| Refusal::invalid("team", error.to_string()))?;
    roster(&app, &asking, given.post, shifts, given.preview, &given.key, true).await
}

/// A turn by its post, start and role.
#[derive(Deserialize, ToSchema)]
pub struct GivenTurn {
    #[schema(value_type = String)]
    post: PostId,
    #[schema(value_type = String)]
    start: Timestamp,
    #[schema(value_type = String)]
    role: PostRole,
}

impl GivenTurn {
    fn turn(&self) -> Turn {
        Turn { shift: ShiftName { post: self.post, start: self.start }, role: self.role }
    }
}

/// Somebody else who stands a turn.
#[derive(Deserialize, ToSchema)]
pub struct Substitution {
    #[schema(value_type = String)]
    post: PostId,
    #[schema(value_type = String)]
    start: Timestamp,
    #[schema(value_type = String)]
    role: PostRole,
    /// The name of an account.
    officer: String,
}

impl Substitution {
    fn turn(&self) -> Turn {
        Turn { shift: ShiftName { post: self.post, start: self.start }, role: self.role }
    }
}

/// One substitution and its key.
#[derive(Deserialize, ToSchema)]
pub struct KeyedSubstitution {
    #[serde(flatten)]
    substitution: Substitution,
    key: String,
}

/// Whether a change of turns was done.
#[derive(Serialize, ToSchema)]
pub struct Changed {
    accepted: bool,
    refused: Vec<ClashView>,
    /// The leave or the swap that was recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    fact: Option<FactId>,
    /// Turns that somebody who fell ill leaves open.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    gaps: Vec<GapRow>,
}

/// The template's rules for the rosters of a post.
fn rules_of(routine: &Routine, post: PostId) -> Option<command::templates::RosterRules> {
    routine.posts.post(post).map(|post| post.headquarters.template.roster.clone())
}

/// Records drafts after a look, or says what they clash with. The fact is the last of those recorded.
async fn change(
    app: &App,
    officers: &Officers,
    drafts: Vec<Draft>,
    look: impl FnOnce(&Routine) -> Vec<Clash>,
    preview: bool,
) -> Result<Changed, Refusal> {
    let deployment = &app.deployment;
    let again = drafts.last().and_then(|draft| was_made(app, draft));
    let (fact, clashes) = if again.is_some() {
        (again, Vec::new())
    } else if preview {
        (None, look(&deployment.commanding().command.routine))
    } else {
        let checked = |routine: &Routine| {
            let clashes = look(routine);
            if clashes.is_empty() { Ok(drafts) } else { Err(clashes) }
        };
        match deployment.record_if(checked).await? {
            Ok(done) => (done.facts.last().copied(), Vec::new()),
            Err(clashes) => (None, clashes),
        }
    };
    let commanding = deployment.commanding();
    let refused = ClashView::all(&commanding.command.routine, officers, &clashes);
    Ok(Changed { accepted: clashes.is_empty(), refused, fact, gaps: Vec::new() })
}

/// Have somebody else stand a turn.
#[utoipa::path(post, path = "/rosters/substitute", responses((status = 200, body = Changed)))]
pub async fn substitute(
    State(app): State<App>,
    asking: SignedIn,
    Json(given): Json<KeyedSubstitution>,
) -> Result<Json<Changed>, Refusal> {
    let KeyedSubstitution { substitution, key } = given;
    let headquarters = post_of(&app, &asking.may(Action::KeepPosts)?, substitution.post)?;
    let officers = Officers::of(&app.deployment).await?;
    let officer = officers.named("officer", &substitution.officer, headquarters)?;
    let turn = substitution.turn();
    let body = Body::Post(PostFact::Substituted { turn, officer });
    let draft = drafted(&app, &asking, &format!("substitute {} {}", turn.shift.post, turn.shift.start), &key, body);
    let now = app.deployment.now();
    let look = |routine: &Routine| {
        let rules = rules_of(routine, turn.shift.post);
        rules.map(|rules| routine.rosters.substitute(&rules, turn, officer, now)).unwrap_or_default()
    };
    Ok(Json(change(&app, &officers, vec![draft], look, false).await?))
}

/// Of which turn.
#[derive(Deserialize, IntoParams)]
pub struct FreeQuery {
    #[param(value_type = String)]
    post: PostId,
    #[param(value_type = String)]
    start: Timestamp,
    #[param(value_type = String)]
    end: Timestamp,
}

/// Somebody who could stand a shift.
#[derive(Serialize, ToSchema)]
pub struct FreeRow {
    #[schema(value_type = String)]
    officer: ActorId,
    name: String,
    /// Hours of shifts in the seven days around it.
    hours_this_week: i64,
}

/// Who could fill a gap, those with the fewest hours first.
#[utoipa::path(get, path = "/rosters/free", params(FreeQuery), responses((status = 200, body = Vec<FreeRow>)))]
pub async fn free(
    State(app): State<App>,
    asking: SignedIn,
    Query(query): Query<FreeQuery>,
) -> Result<Json<Vec<FreeRow>>, Refusal> {
    let headquarters = post_of(&app, &asking.may(Action::SeeCommand)?, query.post)?;
    let span = Span::new(query.start, query.end).map_err(|error| Refusal::invalid("end", error.to_string()))?;
    let officers = Officers::of(&app.deployment).await?;
    let now = app.deployment.now();
    let commanding = app.deployment.commanding();
    let routine = &commanding.command.routine;
    let Some(rules) = rules_of(routine, query.post) else { return Err(Refusal::NotFound) };
    let week = Span::new(
        span.start().checked_sub(84.hours()).unwrap_or(span.start()),
        span.end().checked_add(84.hours()).unwrap_or(span.end()),
    );
    let nobody = ActorId::new(0);
    let mut free: Vec<FreeRow> = Vec::new();
    for account in officers.available(headquarters) {
        let shift = Shift { span, primary: account.actor, deputy: nobody };
        let clashes = routine.rosters.propose(&rules, query.post, false, &[shift], now);
        if clashes.iter().any(|clash| clash.officer == Some(account.actor)) {
            continue;
        }
        let hours = week.as_ref().map_or(0, |week| routine.rosters.hours(account.actor, *week));
        free.push(FreeRow { officer: account.actor, name: account.name.clone(), hours_this_week: hours });
    }
    free.sort_by(|one, other| (one.hours_this_week, &one.name).cmp(&(other.hours_this_week, &other.name)));
    Ok(Json(free))
}

/// Leave.
#[derive(Deserialize, ToSchema)]
pub struct LeaveAsked {
    /// The name of an account; one's own unless given.
    #[serde(default)]
    officer: Option<String>,
    #[schema(value_type = String)]
    start: Timestamp,
    #[schema(value_type = String)]
    end: Timestamp,
    /// Whether it was arranged beforehand. Planned leave that nobody stands in for is refused; falling ill is not.
    planned: bool,
    /// Who stands the turns meanwhile.
    #[serde(default)]
    substitutes: Vec<Substitution>,
    #[serde(default)]
    preview: bool,
    key: String,
}

/// Take leave, with whoever stands in.
#[utoipa::path(post, path = "/leave", responses((status = 200, body = Changed)))]
pub async fn leave(
    State(app): State<App>,
    asking: SignedIn,
    Json(given): Json<LeaveAsked>,
) -> Result<Json<Changed>, Refusal> {
    let scope = asking.may(Action::HoldPost)?;
    let deployment = &app.deployment;
    let officers = Officers::of(deployment).await?;
    let officer = match given.officer.as_deref() {
        Some(name) if name != asking.account.name => {
            let scope = asking.may(Action::KeepPosts)?;
            let officer = officers.named("officer", name, scope.jurisdiction)?;
            if !officers.works_within(officer, scope.jurisdiction) {
                return Err(Refusal::invalid("officer", "works above you; they take leave themselves"));
            }
            officer
        }
        _ => asking.account.actor,
    };
    let span = Span::new(given.start, given.end).map_err(|error| Refusal::invalid("end", error.to_string()))?;
    if span.minutes() > LEAVE_DAYS_MAX * 24 * 60 {
        return Err(Refusal::invalid("end", "lies more than a year after the start; look at the year"));
    }
    let mut drafts = Vec::new();
    let mut stand_in: Vec<(Turn, ActorId)> = Vec::new();
    for substitution in &given.substitutes {
        // Whoever takes leave names who stands in for their own turns, wherever those are.
        let whose = post_of(&app, &Scope { jurisdiction: Jurisdiction::NATION, ..scope }, substitution.post)?;
        let other = officers.named("substitutes", &substitution.officer, whose)?;
        let turn = substitution.turn();
        let body = Body::Post(PostFact::Substituted { turn, officer: other });
        let request = format!("leave {officer} {} {}", turn.shift.post, turn.shift.start);
        drafts.push(drafted(&app, &asking, &request, &given.key, body));
        stand_in.push((turn, other));
    }
    let planned = given.planned;
    let body = Body::Post(PostFact::Leave { officer, span, planned });
    drafts.push(drafted(&app, &asking, &format!("leave {officer}"), &given.key, body));
    let now = deployment.now();
    let look = move |routine: &Routine| {
        let mut clashes = Vec::new();
        for &(turn, other) in &stand_in {
            // Nobody gives away the turns of others by going on leave.
            if routine.rosters.officer(turn) != Some(officer) {
                let (post, start, role) = (turn.shift.post, turn.shift.start, Some(turn.role));
                let why = command::rosters::Why::NoShift;
                clashes.push(Clash { post, start, role, officer: Some(officer), why, with: None });
                continue;
            }
            let rules = rules_of(routine, turn.shift.post);
            clashes.extend(rules.map(|rules| routine.rosters.substitute(&rules, turn, other, now)).unwrap_or_default());
        }
        if planned {
            let turns = stand_in.iter().map(|(turn, _)| *turn).collect();
            clashes.extend(routine.rosters.leaves_gaps(officer, span, &turns));
        }
        clashes
    };
    let mut done = change(&app, &officers, drafts, look, given.preview).await?;
    let commanding = deployment.commanding();
    let open = commanding.command.routine.rosters.turns(officer, span);
    let open = open.filter(|(_, _, rostered)| done.accepted && rostered.shift.span.end() > now);
    done.gaps = open
        .map(|(post, role, rostered)| {
            let shift = rostered.shift.span;
            GapRow { post, start: shift.start(), end: shift.end(), role }
        })
        .collect();
    Ok(Json(done))
}

/// Two turns to exchange.
#[derive(Deserialize, ToSchema)]
pub struct SwapAsked {
    mine: GivenTurn,
    theirs: GivenTurn,
    key: String,
}

/// Ask somebody to exchange turns.
#[utoipa::path(post, path = "/rosters/swaps", responses((status = 200, body = Changed)))]
pub async fn swap(
    State(app): State<App>,
    asking: SignedIn,
    Json(given): Json<SwapAsked>,
) -> Result<Json<Changed>, Refusal> {
    asking.may(Action::HoldPost)?;
    let (mine, theirs) = (given.mine.turn(), given.theirs.turn());
    let own = app.deployment.commanding().command.routine.rosters.officer(mine);
    if own != Some(asking.account.actor) {
        return Err(Refusal::invalid("mine", "is no turn of yours"));
    }
    let officers = Officers::of(&app.deployment).await?;
    let body = Body::Post(PostFact::SwapAsked { mine, theirs });
    let draft = drafted(&app, &asking, "swap", &given.key, body);
    let now = app.deployment.now();
    let look = |routine: &Routine| {
        let rules = rules_of(routine, mine.shift.post);
        rules.map(|rules| routine.rosters.exchange(&rules, mine, theirs, now)).unwrap_or_default()
    };
    Ok(Json(change(&app, &officers, vec![draft], look, false).await?))
}

/// An answer to a swap.
#[derive(Deserialize, ToSchema)]
pub struct SwapAnswer {
    accepted: bool,
    key: String,
}

/// Answer somebody who wants to exchange turns.
#[utoipa::path(post, path = "/rosters/swaps/{fact}/answer", params(("fact" = String, Path)),
    responses((status = 200, body = Changed)))]
pub async fn answer_swap(
    State(app): State<App>,
    asking: SignedIn,
    Path(of): Path<FactId>,
    Json(given): Json<SwapAnswer>,
) -> Result<Json<Changed>, Refusal> {
    asking.may(Action::HoldPost)?;
    let deployment = &app.deployment;
    let swap = deployment.commanding().command.routine.rosters.swap(of).cloned().ok_or(Refusal::NotFound)?;
    if swap.asked != asking.account.actor {
        return Err(Refusal::NotFound);
    }
    let officers = Officers::of(deployment).await?;
    let accepted = given.accepted;
    let body = Body::Post(PostFact::SwapAnswered { of, accepted });
    let draft = drafted(&app, &asking, &format!("swap-answer {of}"), &given.key, body);
    if swap.answer.is_some() && was_made(&app, &draft).is_none() {
        return Err(Refusal::Conflict("this swap was answered before"));
    }
    let now = deployment.now();
    let look = |routine: &Routine| {
        let rules = rules_of(routine, swap.mine.shift.post).filter(|_| accepted);
        rules.map(|rules| routine.rosters.exchange(&rules, swap.mine, swap.theirs, now)).unwrap_or_default()
    };
    Ok(Json(change(&app, &officers, vec![draft], look, false).await?))
}

/// A note from one shift to the next.
#[derive(Deserialize, ToSchema)]
pub struct NoteGiven {
    #[schema(value_type = String)]
    post: PostId,
    #[schema(value_type = String)]
    start: Timestamp,
    /// The note; erasable, and in no fact.
    note: String,
    key: String,
}

/// A note as screens show it.
async fn note_row(app: &App, of: ShiftName) -> Result<NoteRow, Refusal> {
    let officers = Officers::of(&app.deployment).await?;
    let commanding = app.deployment.commanding();
    let routine = &commanding.command.routine;
    let post = routine.posts.post(of.post).ok_or(Refusal::NotFound)?;
    let note = routine.rosters.note(of).ok_or(Refusal::NotFound)?;
    let minutes = post.headquarters.template.roster.note_minutes.value;
    Ok(NoteRow::of(&officers, note, minutes, app.deployment.now()))
}

/// Leave a note to the next shift.
#[utoipa::path(post, path = "/rosters/notes", responses((status = 200, body = NoteRow)))]
pub async fn write_note(
    State(app): State<App>,
    asking: SignedIn,
    Json(given): Json<NoteGiven>,
) -> Result<Json<NoteRow>, Refusal> {
    asking.may(Action::HoldPost)?;
    let shift = ShiftName { post: given.post, start: given.start };
    {
        let commanding = app.deployment.commanding();
        let rostered = commanding.command.routine.rosters.shift(shift).ok_or(Refusal::NotFound)?;
        if rostered.shift.role_of(asking.account.actor).is_none() {
            return Err(Refusal::NotFound);
        }
        if rostered.shift.span.start() > app.deployment.now() {
            return Err(Refusal::Conflict("this shift has not begun"));
        }
    }
    let request = format!("note {} {}", shift.post, shift.start);
    let empty = || Refusal::invalid("note", "is empty; if there is nothing to hand over, say so");
    let placeholder = facts::Commitment { text: facts::TextId::new(0), digest: facts::Hex([0; 32]) };
    let known =
        drafted(&app, &asking, &request, &given.key, Body::Post(PostFact::HandOverNote { shift, note: placeholder }));
    if was_made(&app, &known).is_none() {
        let note = kept(&app, &asking, Some(&given.note)).await?.ok_or_else(empty)?;
        let body = Body::Post(PostFact::HandOverNote { shift, note });
        app.deployment.record(vec![drafted(&app, &asking, &request, &given.key, body)]).await?;
    }
    Ok(Json(note_row(&app, shift).await?))
}

/// A note by its fact, when it is theirs to read: they stood the shift, stand the next, or see the headquarters.
fn note_of(app: &App, asking: &SignedIn, fact: FactId) -> Result<(ShiftName, facts::Commitment, bool), Refusal> {
    let commanding = app.deployment.commanding();
    let routine = &commanding.command.routine;
    let (shift, note) = routine.rosters.note_by_fact(fact).ok_or(Refusal::NotFound)?;
    let whose = routine.posts.post(shift.post).ok_or(Refusal::NotFound)?.headquarters.jurisdiction;
    let me = asking.account.actor;
    let stood = routine.rosters.shift(shift).is_some_and(|it| it.shift.role_of(me).is_some());
    let follows = routine.rosters.next(shift).is_some_and(|it| it.shift.role_of(me).is_some());
    if stood || follows || asking.scope().covers(whose) {
        Ok((shift, note.text, follows))
    } else {
        Err(Refusal::NotFound)
    }
}

/// Read a note.
#[utoipa::path(get, path = "/rosters/notes/{fact}", params(("fact" = String, Path)),
    responses((status = 200, body = NoteRow)))]
pub async fn note(
    State(app): State<App>,
    asking: SignedIn,
    Path(fact): Path<FactId>,
) -> Result<Json<NoteRow>, Refusal> {
    asking.may(Action::SeeCommand)?;
    let (shift, text, _) = note_of(&app, &asking, fact)?;
    let text = read(&app, &asking, text).await?;
    Ok(Json(NoteRow { text, ..note_row(&app, shift).await? }))
}

/// A key that makes a repeated request one.
#[derive(Deserialize, ToSchema)]
pub struct KeyAlone {
    key: String,
}

/// Say that one has read what the shift before left.
#[utoipa::path(post, path = "/rosters/notes/{fact}/acknowledge", params(("fact" = String, Path)),
    responses((status = 200, body = NoteRow)))]
pub async fn acknowledge_note(
    State(app): State<App>,
    asking: SignedIn,
    Path(fact): Path<FactId>,
    Json(given): Json<KeyAlone>,
) -> Result<Json<NoteRow>, Refusal> {
    asking.may(Action::HoldPost)?;
    let (shift, _, follows) = note_of(&app, &asking, fact)?;
    if !follows {
        return Err(Refusal::Conflict("it is for the next shift to say that it has read this note"));
    }
    let body = Body::Post(PostFact::NoteAcknowledged { of: fact });
    app.deployment.record(vec![drafted(&app, &asking, &format!("read {fact}"), &given.key, body)]).await?;
    Ok(Json(note_row(&app, shift).await?))
}

/// How far ahead.
#[derive(Deserialize, IntoParams)]
pub struct MineQuery {
    /// How many days, at most 62; fourteen unless given.
    days: Option<u16>,
}

/// A note that waits for me.
#[derive(Serialize, ToSchema)]
pub struct NoteToRead {
    #[schema(value_type = String)]
    post: PostId,
    post_name: WordsView,
    #[schema(value_type = String)]
    start: Timestamp,
    note: NoteRow,
}

/// A shift of mine that left no note yet.
#[derive(Serialize, ToSchema)]
pub struct NoteToWrite {
    #[schema(value_type = String)]
    post: PostId,
    post_name: WordsView,
    #[schema(value_type = String)]
    start: Timestamp,
    #[schema(value_type = String)]
    end: Timestamp,
}

/// My shifts, and what I owe because of them.
#[derive(Serialize, ToSchema)]
pub struct MyShifts {
    shifts: Vec<ShiftRow>,
    /// Swaps that wait for my answer.
    swaps: Vec<SwapRow>,
    notes_to_acknowledge: Vec<NoteToRead>,
    notes_to_write: Vec<NoteToWrite>,
}

/// My shifts from yesterday on.
#[utoipa::path(get, path = "/shifts/mine", params(MineQuery), responses((status = 200, body = MyShifts)))]
pub async fn mine(
    State(app): State<App>,
    asking: SignedIn,
    Query(query): Query<MineQuery>,
) -> Result<Json<MyShifts>, Refusal> {
    asking.may(Action::HoldPost)?;
    let me = asking.account.actor;
    let officers = Officers::of(&app.deployment).await?;
    let now = app.deployment.now();
    let days = i64::from(query.days.unwrap_or(14).clamp(1, ROTATION_DAYS_MAX));
    let commanding = app.deployment.commanding();
    let routine = &commanding.command.routine;
    let from = now.checked_sub(24.hours()).unwrap_or(now);
    let to = now.checked_add((days * 24).hours()).unwrap_or(Timestamp::MAX);
    let within = Span::new(from, to).map_err(|error| Refusal::invalid("days", error.to_string()))?;
    let mut view = MyShifts { shifts: vec![], swaps: vec![], notes_to_acknowledge: vec![], notes_to_write: vec![] };
    for (post, _, rostered) in routine.rosters.turns(me, within) {
        let Some(post) = routine.posts.post(post) else { continue };
        let span = rostered.shift.span;
        let name = ShiftName { post: post.id, start: span.start() };
        let post_name = || WordsView::from(post.kind.name.clone());
        if post.kind.around_the_clock && span.end() <= now && routine.rosters.note(name).is_none() {
            view.notes_to_write.push(NoteToWrite {
                post: post.id,
                post_name: post_name(),
                start: span.start(),
                end: span.end(),
            });
        }
        let before = routine.rosters.shifts(post.id, within).find(|before| before.shift.span.end() == span.start());
        let before = before.map(|before| ShiftName { post: post.id, start: before.shift.span.start() });
        if let Some((before, note)) = before.and_then(|name| Some((name, routine.rosters.note(name)?)))
            && note.acknowledged.is_none()
        {
            let minutes = post.headquarters.template.roster.note_minutes.value;
            view.notes_to_acknowledge.push(NoteToRead {
                post: post.id,
                post_name: post_name(),
                start: before.start,
                note: NoteRow::of(&officers, note, minutes, now),
            });
        }
        view.shifts.push(ShiftRow::of(routine, &officers, &post, rostered, me, now));
    }
    let waiting = routine.rosters.swaps().filter(|(_, swap)| {
        swap.asked == me && swap.answer.is_none() && swap.mine.shift.start.min(swap.theirs.shift.start) > now
    });
    view.swaps = waiting.map(|(fact, swap)| SwapRow::of(routine, &officers, fact, swap, now)).collect();
    Ok(Json(view))
}
