/// What the pages say: the one catalogue. Each phrase is there in both languages; `{name}` stands for a value.
enum Phrase: CaseIterable, Sendable {
  // The frame.
  case tagline, skip, navMain, deals, categories, search, searchLabel, searchHint, account
  case footerAbout, footerData, footerFeed, footerAPI, footerCategories
  // Home.
  case homeTitle, homeLead, homeDeals, homeAll, homeNone, homeDescription, homePopular, liveNew
  // Deals.
  case dealsTitle, dealsLead, dealsNone, dealsDescription, dealsFollow, filters, apply, clear, any
  case filterCategory, filterShop, filterDiscount, filterVerdict, filterSort, atLeast
  case sortScore, sortDiscount, sortNewest, sortRelevance, sortPriceUp, sortPriceDown, sortUpdated
  case verdictGenuine, verdictInflated, verdictUnknown
  case realDiscount, referenceOf, claimed, openedAt, outOfStock, nextPage, firstPage
  case flagAllTimeLow, flagLowest90, flagBack
  // Search.
  case searchTitle, searchFor, searchNone, searchTry, searchStart, searchShown, filterBrand, filterPrice
  case minPrice, maxPrice, onSaleOnly, suggestions, results
  // Categories.
  case categoriesTitle, categoriesLead, categoriesNone, categoryDescription, productCount, categoryEmpty, breadcrumb
  // A product.
  case currentPrice, noPrice, goToShop, offers, shop, price, listPrice, availability, checked
  case inStock, preorder, unknownStock, history, chartRange, days, allTime, chartSummary, chartNone, chartTable
  case chartKeyboard, chartOut, lowest, highest, average, reference, statistics, window, windowAll
  case standing, standingLow, standingBelow, standingAbove, standingEqual, standingNone
  case whyGenuine, whyGenuineUnclaimed, whyInflated, whyRaised, whyShort, pastDeals, dealEnded, dealOpen
  case tellMe, tellMeLead, target, tellMeButton, embed, embedHint, chartImage, facts, brand, gtin, retired
  case productDescription, lastChange
  // Errors.
  case notFoundTitle, notFoundText, tooManyTitle, tooManyText, failedTitle, failedText, awayTitle, awayText
  case badTitle, badText, backHome, requestName

  /// The phrase with its values. One that is not given stays as `{name}`, which tests look for.
  func text(in language: Language, _ values: [String: String] = [:]) -> String {
    let form = language == .turkish ? forms.turkish : forms.english
    guard !values.isEmpty else { return form }
    var text = ""
    var rest = form[...]
    while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
      let name = String(rest[rest.index(after: open)..<close])
      text += rest[..<open]
      text += values[name] ?? "{\(name)}"
      rest = rest[rest.index(after: close)...]
    }
    return text + rest
  }
}
