/// What one kind of markup says of a listing's price.
struct PageOffer: Sendable, Hashable {
  /// Minor units of the listing's currency; nil where none is given, or none that is certain.
  var price: Int64?
  var listPrice: Int64?
  /// Nil where the markup says nothing.
  var availability: Availability?
  var seller: String = ""
  /// Why there is no price, for a person.
  var doubt: String?
  /// The page asks for other money: then a lower kind of markup that names none is not believed either.
  var isForeign = false

  /// Nothing worth knowing.
  var isEmpty: Bool { price == nil && availability == nil }
}
