/// What the public pages say. Each phrase is there in both languages; `{name}` stands for a value.
enum Phrase: Wording {
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
  case tellMe, tellMeLead, target, tellMeButton, share, shareButton, shared, embed, embedHint, chartImage, facts, brand,
    gtin, retired
  case productDescription, lastChange
  // Errors.
  case notFoundTitle, notFoundText, tooManyTitle, tooManyText, failedTitle, failedText, awayTitle, awayText
  case badTitle, badText, backHome, requestName
}
