//! Mappings of columns that somebody confirmed and named, for the next file that looks the same.

use std::path::PathBuf;

use exchange::{Kind, Mapping};

use crate::deployment::Deployment;
use crate::error::ServerError;

impl Deployment {
    fn mappings_folder(&self) -> PathBuf {
        self.folder().join("mappings")
    }

    /// Keeps a mapping under a name, in place of an earlier one of that name.
    pub fn save_mapping(&self, name: &str, mapping: &Mapping) -> Result<(), ServerError> {
        let folder = self.mappings_folder();
        let failed = |path: PathBuf| move |source| ServerError::File { path, source };
        std::fs::create_dir_all(&folder).map_err(failed(folder.clone()))?;
        // A name is for people; what of it could lead out of the folder does not go into the file's name.
        let safe: String = name.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).take(80).collect();
        let path = folder.join(format!("{safe}.toml"));
        let text = mapping
            .to_toml()
            .map_err(|error| ServerError::Malformed { path: path.clone(), problem: error.to_string() })?;
        std::fs::write(&path, text).map_err(failed(path))
    }

    /// The saved mapping of a kind whose columns a file has, by name; the one that uses most of them.
    pub fn saved_mapping(&self, kind: Kind, columns: &[String]) -> Result<Option<(String, Mapping)>, ServerError> {
        let folder = self.mappings_folder();
        let files = match std::fs::read_dir(&folder) {
            Ok(files) => files,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(ServerError::File { path: folder, source }),
        };
        let mut fitting: Vec<(String, Mapping)> = files
            .filter_map(|file| {
                let path = file.ok()?.path();
                let name = path.file_stem()?.to_str()?.to_owned();
                let mapping = Mapping::from_toml(&std::fs::read_to_string(&path).ok()?).ok()?;
                let fits = mapping.kind == kind && mapping.columns.values().all(|column| columns.contains(column));
                fits.then_some((name, mapping))
            })
            .collect();
        fitting.sort_by_key(|(name, mapping)| (mapping.columns.len(), name.clone()));
        Ok(fitting.pop())
    }

    /// The divisions that rows of a file are held to.
    pub fn divisions_for_imports(&self) -> Option<exchange::Divisions> {
        self.geography().for_imports(self.profile().jurisdiction?)
    }
}
