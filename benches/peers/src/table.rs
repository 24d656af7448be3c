//! Tables on the terminal and as CSV: the same cells twice.

use anyhow::{Context, Result};
use std::fs;
use std::path::Path;

/// Rows of text under a head.
pub struct Table {
    head: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table without rows.
    pub fn new<S: Into<String>>(head: impl IntoIterator<Item = S>) -> Table {
        Table { head: head.into_iter().map(Into::into).collect(), rows: Vec::new() }
    }

    /// Adds a row, as long as the head.
    pub fn row<S: Into<String>>(&mut self, cells: impl IntoIterator<Item = S>) {
        let row: Vec<String> = cells.into_iter().map(Into::into).collect();
        assert_eq!(row.len(), self.head.len(), "a row has a cell for each head");
        self.rows.push(row);
    }

    /// The table with its columns in line: the first to the left, figures to the right.
    pub fn text(&self) -> String {
        let lines: Vec<&Vec<String>> = std::iter::once(&self.head).chain(&self.rows).collect();
        let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..self.head.len()).map(width).collect();
        lines
            .iter()
            .map(|line| {
                let cell = |(column, text): (usize, &String)| {
                    let width = widths[column];
                    if column == 0 { format!("{text:<width$}") } else { format!("{text:>width$}") }
                };
                let cells: Vec<String> = line.iter().enumerate().map(cell).collect();
                format!("{}\n", cells.join("  ").trim_end())
            })
            .collect()
    }

    /// The table as comma-separated values, written to a file.
    pub fn write_csv(&self, path: &Path) -> Result<()> {
        let line = |cells: &Vec<String>| format!("{}\n", cells.join(","));
        let text: String = std::iter::once(&self.head).chain(&self.rows).map(line).collect();
        fs::write(path, text).with_context(|| format!("writing {}", path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_in_line() {
        let mut table = Table::new(["name", "ns"]);
        table.row(["a", "1234.5"]);
        assert_eq!(table.text(), "name      ns\na     1234.5\n");
    }
}
