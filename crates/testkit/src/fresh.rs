//! A fresh database and a fresh folder for one test, on either engine.

use std::path::Path;

use tempfile::TempDir;

use crate::postgres::Postgres;

/// A database nobody else uses, and a folder beside it; both go when this is dropped or the server stops.
pub struct Fresh {
    url: String,
    folder: TempDir,
}

impl Fresh {
    /// A SQLite file that does not exist yet.
    pub fn sqlite() -> Self {
        let folder = TempDir::new().expect("the system's folder for temporary files takes a new folder");
        Self { url: format!("sqlite://{}/fresh.sqlite", folder.path().display()), folder }
    }

    /// An empty PostgreSQL database; none, and said loudly, where PostgreSQL is not installed.
    pub fn postgres() -> Option<Self> {
        let server = Postgres::shared()?;
        let folder = TempDir::new().expect("the system's folder for temporary files takes a new folder");
        let url = server.url(&format!("fresh_{}", server.next_number()));
        Some(Self { url, folder })
    }

    /// The URL of the database.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// Runs each named `async fn(testkit::Fresh)` once on SQLite and once on PostgreSQL.
#[macro_export]
macro_rules! on_both_engines {
    ($($name:ident,)*) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name($crate::Fresh::sqlite()).await;
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                if let Some(fresh) = $crate::Fresh::postgres() {
                    super::$name(fresh).await;
                }
            })*
        }
    };
}
