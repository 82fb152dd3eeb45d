//! In which forms answers are written.

use clap::ValueEnum;

/// How an answer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A table for people.
    Table,
    /// One JSON value.
    Json,
    /// One JSON object a line.
    Ndjson,
    /// Comma-separated values with a header.
    Csv,
}

/// What a spreadsheet expects between cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExcelWord {
    /// Semicolons, and commas in fractions, as in most of Europe and South America.
    #[value(alias = "true")]
    Semicolon,
    /// Commas, and points in fractions, as in North America, the British Isles and East Asia.
    Comma,
}

impl std::str::FromStr for ExcelWord {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "" | "true" | "semicolon" => Ok(Self::Semicolon),
            "comma" => Ok(Self::Comma),
            _ => Err(format!("there is no {text:?}; there are semicolon, comma")),
        }
    }
}

/// Every word of the format: those that every command writes, and those that only some do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FormatWord {
    /// A table for people.
    Table,
    /// One JSON value.
    Json,
    /// One JSON object a line.
    Ndjson,
    /// Comma-separated values with a header.
    Csv,
    /// A picture.
    Svg,
    /// A page that needs nothing else.
    Html,
    /// Columns for analysis.
    Parquet,
}

/// A format that only some commands write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drawn {
    /// A picture.
    Svg,
    /// A page that needs nothing else.
    Html,
    /// Columns for analysis.
    Parquet,
}

impl FormatWord {
    /// The endings that [`FormatWord::of_ending`] knows, for messages.
    pub const ENDINGS: &str = ".csv, .json, .ndjson, .txt, .svg, .html or .parquet";

    /// The word with this ending of a file's name; `None` for others.
    pub fn of_ending(ending: &str) -> Option<Self> {
        match ending.to_ascii_lowercase().as_str() {
            "txt" => Some(Self::Table),
            "json" => Some(Self::Json),
            "ndjson" | "jsonl" => Some(Self::Ndjson),
            "csv" => Some(Self::Csv),
            "svg" => Some(Self::Svg),
            "html" | "htm" => Some(Self::Html),
            "parquet" => Some(Self::Parquet),
            _ => None,
        }
    }

    /// The word itself.
    pub fn name(self) -> &'static str {
        match self.meaning() {
            (_, Some(drawn)) => drawn.name(),
            (format, None) => format.name(),
        }
    }

    /// What it means: a format that every command writes (a table where it is none of those), or one that only some do.
    pub fn meaning(self) -> (Format, Option<Drawn>) {
        match self {
            Self::Table => (Format::Table, None),
            Self::Json => (Format::Json, None),
            Self::Ndjson => (Format::Ndjson, None),
            Self::Csv => (Format::Csv, None),
            Self::Svg => (Format::Table, Some(Drawn::Svg)),
            Self::Html => (Format::Table, Some(Drawn::Html)),
            Self::Parquet => (Format::Table, Some(Drawn::Parquet)),
        }
    }
}

impl Drawn {
    /// Its word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Svg => "svg",
            Self::Html => "html",
            Self::Parquet => "parquet",
        }
    }
}

impl Format {
    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Json => "json",
            Self::Ndjson => "ndjson",
            Self::Csv => "csv",
        }
    }
}
