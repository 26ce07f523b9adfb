/// Which deal rules apply: those of a currency's market, else the general ones.
package struct DealRulebook: Sendable {
  package var general: DealRules
  /// By ISO 4217 code.
  package var byCurrency: [String: DealRules]

  package init(general: DealRules = DealRules(), byCurrency: [String: DealRules] = [:]) {
    self.general = general
    self.byCurrency = byCurrency
  }

  package func rules(for currency: String) -> DealRules { byCurrency[currency] ?? general }
}
