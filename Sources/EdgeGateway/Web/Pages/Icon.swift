/// The few pictures that pages draw themselves.
enum Icon {
  static let brand: HTML = """
    <svg class="logo" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true"><path class="l1" d="M16 3a13 13 0 1 0 \
    13 13"/><path class="l2" d="M16 9a7 7 0 1 0 7 7"/><path class="l3" d="M16 16 26 6"/><circle class="l4" cx="16" cy="16" \
    r="2.5"/></svg>
    """

  static let search: HTML = """
    <svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true"><path fill="none" stroke="currentColor" \
    stroke-width="2" stroke-linecap="round" d="M13 13l4.5 4.5M8.5 14a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11z"/></svg>
    """

  /// For installed pages and tabs.
  static let file: HTML = """
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#0b7a5d"/><g \
    fill="none" stroke="#fff" stroke-width="2.4" stroke-linecap="round"><path d="M16 5.5A10.5 10.5 0 1 0 26.5 16"/><path \
    opacity=".7" d="M16 10.5a5.5 5.5 0 1 0 5.5 5.5"/><path d="M16 16l7.5-7.5"/></g><circle cx="16" cy="16" r="2.2" \
    fill="#fff"/></svg>

    """
}
