//! Files: uploaded, their columns guessed and confirmed, checked, imported, and the rejects to correct.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;

use axum::Json;
use axum::extract::multipart::MultipartError;
use axum::extract::{Multipart, Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use exchange::{Kind, Mapping, Options, Problem as RowProblem, Report, Source as File};
use facts::{Disease, Hex, Setting};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::runtime::Handle;
use utoipa::{IntoParams, ToSchema};

use crate::accounts::Action;
use crate::importing::{ImportError, Terms, Uploaded, check as check_file, id_number_may_stand, import};
use crate::refusal::Refusal;
use crate::session::{App, SignedIn};
use crate::views::Consequence;

/// The largest upload, in bytes.
pub const UPLOAD_BYTES_MAX: usize = 512 << 20;
/// Rows that are shown of a column.
const SAMPLES: usize = 5;
/// Problems that are listed; all of them are in the file of rejects.
const PROBLEMS_SHOWN: usize = 200;
/// How long a stay without an end is assumed to last, in minutes, unless the file's kind says otherwise.
const ASSUMED_DWELL_MINUTES: u32 = 60;

/// Of what kind the file is.
#[derive(Deserialize, IntoParams)]
pub struct KindQuery {
    kind: String,
}

/// A column and some of its values.
#[derive(Serialize, ToSchema)]
pub struct ColumnView {
    name: String,
    samples: Vec<String>,
}

/// A field that a column can give.
#[derive(Serialize, ToSchema)]
pub struct FieldView {
    field: &'static str,
    required: bool,
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    form: Value,
}

/// Something to know about the file as a whole.
#[derive(Serialize, ToSchema)]
pub struct Warning {
    code: &'static str,
    #[schema(value_type = Object)]
    params: Value,
}

/// A file as it was understood, to be confirmed.
#[derive(Serialize, ToSchema)]
pub struct Upload {
    import: String,
    kind: &'static str,
    file_name: String,
    encoding: String,
    rows: u64,
    columns: Vec<ColumnView>,
    #[schema(value_type = Object)]
    mapping: BTreeMap<String, String>,
    fields: Vec<FieldView>,
    /// The saved mapping that fits this file.
    #[serde(skip_serializing_if = "Option::is_none")]
    saved_mapping: Option<String>,
    warnings: Vec<Warning>,
}

impl From<ImportError> for Refusal {
    fn from(error: ImportError) -> Self {
        match error {
            ImportError::Deployment(error) => Self::Failed(error),
            other => Self::invalid("file", other.to_string()),
        }
    }
}

fn unreadable(error: exchange::ExchangeError) -> Refusal {
    Refusal::invalid("file", error.to_string())
}

fn broke_the_reader() -> Refusal {
    Refusal::invalid("file", "this file broke its reader; save it as CSV in UTF-8 and send that")
}

/// Reads where reading may take its time. A file that breaks its reader is one that cannot be read.
fn apart<T>(read: impl FnOnce() -> T) -> Result<T, Refusal> {
    let read = tokio::task::block_in_place(|| std::panic::catch_unwind(AssertUnwindSafe(read)));
    read.map_err(|_| broke_the_reader())
}

/// Upload a file and see how its columns are understood.
#[utoipa::path(post, path = "/imports", params(KindQuery), responses((status = 200, body = Upload)))]
pub async fn upload(
    State(app): State<App>,
    asking: SignedIn,
    Query(query): Query<KindQuery>,
    mut form: Multipart,
) -> Result<Json<Upload>, Refusal> {
    let scope = asking.may(Action::Import)?;
    let kind = Kind::ALL
        .iter()
        .copied()
        .find(|kind| kind.name() == query.kind)
        .ok_or_else(|| Refusal::invalid("kind", "expected line-list, contacts, visits, lab-results or roster"))?;
    let broken = |error: MultipartError| match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Refusal::TooLarge,
        _ => Refusal::invalid("file", "the upload broke off; send it again"),
    };
    let field = form.next_field().await.map_err(broken)?;
    let field = field.ok_or_else(|| Refusal::invalid("file", "no file was sent"))?;
    let file_name = field.file_name().unwrap_or("file").to_owned();
    let bytes = field.bytes().await.map_err(broken)?;
    let size = bytes.len();
    let file = File::bytes(&file_name, bytes);
    let (table, rows, encoding) = apart(|| {
        let table = file.sample(SAMPLES)?;
        let mut reader = file.open()?;
        let encoding = reader.encoding().unwrap_or("").to_owned();
        let mut rows = 0;
        for row in reader.by_ref() {
            row?;
            rows += 1;
        }
        Ok((table, rows, encoding))
    })?
    .map_err(unreadable)?;
    let saved = app.deployment.saved_mapping(kind, &table.columns)?;
    let saved_mapping = saved.as_ref().map(|(name, _)| name.clone());
    let mapping = saved.map_or_else(|| exchange::guess(kind, &table.columns, &table.rows), |(_, mapping)| mapping);
    let import = Hex(app.deployment.chance.bytes::<16>()).to_string();
    let columns = table.columns.iter().enumerate().map(|(at, name)| ColumnView {
        name: name.clone(),
        samples: table.rows.iter().filter_map(|row| row.cells.get(at).cloned()).collect(),
    });
    let view = Upload {
        import: import.clone(),
        kind: kind.name(),
        file_name,
        encoding,
        rows,
        columns: columns.collect(),
        mapping: mapping.columns.clone(),
        saved_mapping,
        fields: kind
            .fields()
            .iter()
            .map(|field| FieldView {
                field: field.name,
                required: field.required,
                form: serde_json::to_value(field.form).unwrap_or(Value::Null),
            })
            .collect(),
        warnings: table
            .notices
            .iter()
            .map(|notice| Warning {
                code: notice.code.name(),
                params: json!({ "expected": notice.expected, "remedy": notice.remedy }),
            })
            .collect(),
    };
    app.imports.put(import, Uploaded { actor: scope.actor, kind, file, size, rejected: Vec::new().into() });
    Ok(Json(view))
}

/// Which column gives which field.
#[derive(Deserialize, ToSchema)]
pub struct Mapped {
    #[schema(value_type = Object)]
    mapping: BTreeMap<String, String>,
    /// A name to save the mapping under, for files that look like this one.
    #[serde(default)]
    save_as: Option<String>,
    /// Of which disease, where the file does not say.
    #[serde(default)]
    disease: Option<String>,
    /// The year of dates without one.
    #[serde(default)]
    assumed_year: Option<i16>,
    /// What kind of space the places of a file of visits are.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    setting: Option<Setting>,
}

impl Mapped {
    fn terms(&self, app: &App, scope: facts::Scope) -> Result<Terms, Refusal> {
        let disease = Disease::named(self.disease.as_deref().unwrap_or("covid-19"));
        if app.deployment.situation().plan(&disease).is_none() {
            return Err(Refusal::invalid("disease", "no plan is in force for this disease"));
        }
        let today = crate::deployment::zone().to_datetime(app.deployment.now()).date();
        Ok(Terms {
            scope,
            // Each office numbers its own people; the same number elsewhere is somebody else.
            source: format!("files of {}", scope.jurisdiction),
            disease,
            assumed_dwell_minutes: ASSUMED_DWELL_MINUTES,
            setting: self.setting.unwrap_or(Setting::Other),
            options: Options {
                assumed_year: self.assumed_year,
                as_of: Some(today),
                id_number_is_valid: Some(id_number_may_stand),
                divisions: app.deployment.divisions_for_imports(),
                ..Options::default()
            },
        })
    }

    fn mapping(&self, kind: Kind) -> Mapping {
        let chosen = self.mapping.clone().into_iter().filter(|(_, column)| !column.is_empty());
        Mapping::confirmed(kind, chosen.collect())
    }
}

/// A problem of a row.
#[derive(Serialize, ToSchema)]
pub struct ProblemView {
    #[serde(skip_serializing_if = "Option::is_none")]
    row: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<String>,
    code: &'static str,
    value: String,
    expected: String,
    remedy: String,
}

impl From<&RowProblem> for ProblemView {
    fn from(problem: &RowProblem) -> Self {
        Self {
            row: problem.row,
            column: problem.column.clone(),
            code: problem.code.name(),
            value: problem.value.0.clone(),
            expected: problem.expected.clone(),
            remedy: problem.remedy.clone(),
        }
    }
}

/// What an import would do.
#[derive(Serialize, ToSchema)]
pub struct Checked {
    accepted: u64,
    duplicates: u64,
    queued: u64,
    rejected: u64,
    oddities: u64,
    errors: Vec<ProblemView>,
}

fn problems(report: &Report) -> Vec<ProblemView> {
    report.notices.iter().chain(&report.problems).take(PROBLEMS_SHOWN).map(ProblemView::from).collect()
}

/// Read the whole file with this mapping, and import nothing.
#[utoipa::path(post, path = "/imports/{import}/check", params(("import" = String, Path)),
    responses((status = 200, body = Checked)))]
pub async fn check(
    State(app): State<App>,
    asking: SignedIn,
    Path(name): Path<String>,
    Json(given): Json<Mapped>,
) -> Result<Json<Checked>, Refusal> {
    let scope = asking.may(Action::Import)?;
    let upload = app.imports.get(&name, scope.actor).ok_or(Refusal::NotFound)?;
    let terms = given.terms(&app, scope)?;
    let mapping = given.mapping(upload.kind);
    let report = apart(|| check_file(&terms, &upload.file, &mapping))??;
    Ok(Json(Checked {
        accepted: report.accepted,
        duplicates: report.merged,
        queued: report.queued,
        rejected: report.rejected,
        oddities: report.oddities,
        errors: problems(&report),
    }))
}

/// What an import did.
#[derive(Serialize, ToSchema)]
pub struct Imported {
    accepted: u64,
    unchanged: u64,
    superseded: u64,
    queued: u64,
    rejected: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    errors_file: Option<String>,
    consequence: Consequence,
}

/// Import the file.
#[utoipa::path(post, path = "/imports/{import}/run", params(("import" = String, Path)),
    responses((status = 200, body = Imported)))]
pub async fn run(
    State(app): State<App>,
    asking: SignedIn,
    Path(name): Path<String>,
    Json(given): Json<Mapped>,
) -> Result<Json<Imported>, Refusal> {
    let scope = asking.may(Action::Import)?;
    let upload = app.imports.get(&name, scope.actor).ok_or(Refusal::NotFound)?;
    let terms = given.terms(&app, scope)?;
    let mapping = given.mapping(upload.kind);
    let mut rejected = Vec::new();
    let mut progress = |_| {};
    let done = apart(|| {
        let done = import(&app.deployment, &terms, &upload.file, &mapping, &mut rejected, &mut progress);
        Handle::current().block_on(done)
    })??;
    if let Some(name) = given.save_as.as_deref().map(str::trim).filter(|name| !name.is_empty()) {
        app.deployment.save_mapping(name, &mapping)?;
    }
    let waiting = done.report.rejected + done.report.queued;
    app.imports.put(name.clone(), Uploaded { rejected: rejected.into(), ..upload });
    Ok(Json(Imported {
        accepted: done.report.accepted,
        unchanged: done.facts_unchanged,
        superseded: done.facts_superseding,
        queued: done.report.queued,
        rejected: done.report.rejected,
        errors_file: (waiting > 0).then(|| format!("/api/v1/imports/{name}/errors.csv")),
        consequence: Consequence::of(&done.changes, app.deployment.now()),
    }))
}

/// The rejected and waiting rows, to correct and import again.
#[utoipa::path(get, path = "/imports/{import}/errors.csv", params(("import" = String, Path)),
    responses((status = 200, content_type = "text/csv")))]
pub async fn errors(State(app): State<App>, asking: SignedIn, Path(name): Path<String>) -> Result<Response, Refusal> {
    let scope = asking.may(Action::Import)?;
    let upload = app.imports.get(&name, scope.actor).ok_or(Refusal::NotFound)?;
    let disposition = "attachment; filename=\"to-correct.csv\"";
    let headers = [(header::CONTENT_TYPE, "text/csv; charset=utf-8"), (header::CONTENT_DISPOSITION, disposition)];
    Ok((headers, upload.rejected.to_vec()).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_file_that_breaks_its_reader_is_refused() {
        let refused = apart(|| -> u32 { panic!("as a parser may") });
        assert!(matches!(refused, Err(Refusal::Invalid { field: "file", .. })));
        assert!(matches!(apart(|| 7), Ok(7)));
    }
}
