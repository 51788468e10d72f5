//! The name that was probably meant.

/// Returns the name that lies nearest to a misspelt one, unless none is near.
pub(super) fn nearest<'a>(
    wrong: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let wrong: Vec<char> = wrong.chars().take(LONGEST).flat_map(char::to_lowercase).collect();
    let allowed = (wrong.len() / 3).clamp(1, 4);
    // Every letter more or less is one to insert or to delete.
    let long = |name: &&str| name.chars().take(LONGEST).count().abs_diff(wrong.len()) <= allowed;
    let names = names.into_iter().filter(long);
    let distances = names.map(|name| (distance(&wrong, name), name));
    let best = distances.filter(|(distance, _)| *distance <= allowed).min();
    best.map(|(_, name)| name)
}

/// The longest name that is compared, so that a hostile document costs little.
const LONGEST: usize = 80;

/// Counts the letters to insert, delete, change or swap with their neighbour.
fn distance(wrong: &[char], name: &str) -> usize {
    let name: Vec<char> = name.chars().take(LONGEST).flat_map(char::to_lowercase).collect();
    let mut before = vec![0; name.len() + 1];
    let mut above: Vec<usize> = (0..=name.len()).collect();
    for (row, letter) in wrong.iter().enumerate() {
        let mut line = vec![row + 1];
        for (column, other) in name.iter().enumerate() {
            let changed = above[column] + usize::from(letter != other);
            let mut least = changed.min(above[column + 1] + 1).min(line[column] + 1);
            let swapped =
                row > 0 && column > 0 && name[column - 1] == *letter && wrong[row - 1] == *other;
            if swapped {
                least = least.min(before[column - 1] + 1);
            }
            line.push(least);
        }
        before = std::mem::replace(&mut above, line);
    }
    above[name.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn the_nearest_name_is_found() {
        let names = ["registrar", "delegated_to", "id", "kind", "api"];
        assert_eq!(nearest("regsitrar", names), Some("registrar"));
        assert_eq!(nearest("delegate_to", names), Some("delegated_to"));
        assert_eq!(nearest("di", names), Some("id"));
        assert_eq!(nearest("KIND", names), Some("kind"));
        assert_eq!(nearest("colour", names), None);
        assert_eq!(nearest("", names), None);
    }
}
