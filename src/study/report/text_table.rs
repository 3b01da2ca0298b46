//! Tables of aligned text.

/// Aligns rows with equal numbers of fields: the first field to the left, the others to the right.
pub fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let widths: Vec<usize> = (0..columns)
        .map(|i| rows.iter().map(|row| row[i].chars().count()).max().unwrap_or(0))
        .collect();
    rows.iter().map(|row| line(row, &widths)).collect()
}

fn line(row: &[String], widths: &[usize]) -> String {
    let fields = row.iter().zip(widths).enumerate().map(|(i, (text, &width))| match i {
        0 => format!("{text:<width$}"),
        _ => format!("  {text:>width$}"),
    });
    let line: String = fields.collect();
    format!("{}\n", line.trim_end())
}
