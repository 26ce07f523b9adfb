extension Phrase {
  var forms: (turkish: String, english: String) {
    switch self {
    case .tagline: ("Fiyatın geçmişi, indirimin gerçeği", "The price's past, the discount's truth")
    case .skip: ("İçeriğe geç", "Skip to content")
    case .navMain: ("Ana gezinme", "Main navigation")
    case .deals: ("Fırsatlar", "Deals")
    case .categories: ("Kategoriler", "Categories")
    case .search: ("Ara", "Search")
    case .searchLabel: ("Ürün ara", "Search products")
    case .searchHint: ("Ürün, marka ya da kategori", "Product, brand or category")
    case .account: ("Hesabım", "My account")
    case .footerAbout:
      (
        "Mağazaların fiyatlarını sürekli izler, her değişikliği saklarız. İndirimi, mağazanın iddiasıyla değil önceki "
          + "30 günde gerçekten istenen en düşük fiyatla ölçeriz.",
        "We watch shops' prices all the time and keep every change. We measure a discount by the lowest price that was "
          + "really asked in the 30 days before it, not by what the shop claims."
      )
    case .footerData: ("Veriler", "Data")
    case .footerFeed: ("Fırsatlar, Atom", "Deals as Atom")
    case .footerAPI: ("Programlar için API", "API for programs")
    case .footerCategories: ("Tüm kategoriler", "All categories")
    case .homeTitle: ("Bu indirim gerçek mi?", "Is that discount real?")
    case .homeLead:
      (
        "Bir ürün arayın: fiyat geçmişini, bugünkü teklifleri ve indirimin gerçek olup olmadığını görün.",
        "Look for a product: see its price history, today's offers, and whether the discount is real."
      )
    case .homeDeals: ("Şu anki en iyi gerçek indirimler", "The best real deals now")
    case .homeAll: ("Tüm fırsatlar", "All deals")
    case .homeNone:
      (
        "Şu anda açık bir gerçek indirim yok. Fiyatları izlemeyi sürdürüyoruz.",
        "There is no genuine deal at the moment. We keep watching."
      )
    case .homeDescription:
      (
        "Mağazaların fiyat geçmişi ve önceki gerçek fiyatlarla ölçülmüş indirimler.",
        "Price history across shops, and discounts measured by what was really charged before."
      )
    case .homePopular: ("Kategorilere göz atın", "Browse categories")
    case .liveNew: ("{count} yeni fırsat eklendi", "{count} new deals were added")
    case .dealsTitle: ("Fırsatlar", "Deals")
    case .dealsLead:
      (
        "Açık indirimler. Yüzde, önceki 30 günün en düşük fiyatına göredir.",
        "Open deals. The percentage is against the lowest price of the 30 days before."
      )
    case .dealsNone: ("Bu ölçütlere uyan açık bir fırsat yok.", "No open deal fits these filters.")
    case .dealsDescription:
      (
        "Gerçek indirim oranı ve kararıyla açık fırsatlar; kategori, mağaza ve orana göre.",
        "Open deals with their real discount and verdict, by category, shop and discount."
      )
    case .dealsFollow: ("Bu listeyi izle (Atom)", "Follow this list (Atom)")
    case .filters: ("Süzgeçler", "Filters")
    case .apply: ("Uygula", "Apply")
    case .clear: ("Temizle", "Clear")
    case .any: ("Tümü", "All")
    case .filterCategory: ("Kategori", "Category")
    case .filterShop: ("Mağaza", "Shop")
    case .filterDiscount: ("Gerçek indirim", "Real discount")
    case .filterVerdict: ("Karar", "Verdict")
    case .filterSort: ("Sıralama", "Sort by")
    case .atLeast: ("en az {percent}", "at least {percent}")
    case .sortScore: ("En iyi", "Best")
    case .sortDiscount: ("En büyük indirim", "Largest discount")
    case .sortNewest: ("En yeni", "Newest")
    case .sortRelevance: ("En uygun", "Relevance")
    case .sortPriceUp: ("Fiyat: artan", "Price: low to high")
    case .sortPriceDown: ("Fiyat: azalan", "Price: high to low")
    case .sortUpdated: ("Son değişen", "Last changed")
    case .verdictGenuine: ("Gerçek", "Genuine")
    case .verdictInflated: ("Şişirilmiş", "Inflated")
    case .verdictUnknown: ("Henüz belirsiz", "Too early to tell")
    case .realDiscount: ("gerçek indirim {percent}", "{percent} real discount")
    case .referenceOf: ("{days} günün en düşüğü", "lowest of {days} days")
    case .claimed: ("iddia {percent}", "{percent} claimed")
    case .openedAt: ("başlangıç {date}", "since {date}")
    case .outOfStock: ("Stokta yok", "Out of stock")
    case .nextPage: ("Sonraki sayfa", "Next page")
    case .firstPage: ("Başa dön", "Back to the first page")
    case .flagAllTimeLow: ("Tüm zamanların en düşüğü", "All-time low")
    case .flagLowest90: ("90 günün en düşüğü", "Lowest in 90 days")
    case .flagBack: ("Yeniden stokta", "Back in stock")
    case .searchTitle: ("Arama", "Search")
    case .searchFor: ("“{query}” için sonuçlar", "Results for “{query}”")
    case .searchNone: ("“{query}” için bir şey bulamadık.", "We found nothing for “{query}”.")
    case .searchTry:
      (
        "Daha az ya da başka bir kelime deneyin; Türkçe harfler ve büyük-küçük fark etmez.",
        "Try fewer or other words; Turkish letters and case do not matter."
      )
    case .searchStart:
      ("Ne arıyorsunuz? Bir ürün adı ya da marka yazın.", "What are you looking for? Type a product or a brand.")
    case .searchShown: ("{count} ürün bulundu", "{count} products found")
    case .filterBrand: ("Marka", "Brand")
    case .filterPrice: ("Fiyat (TL)", "Price (TRY)")
    case .minPrice: ("En az", "From")
    case .maxPrice: ("En çok", "To")
    case .onSaleOnly: ("Yalnızca indirimdekiler", "Only with an open deal")
    case .results: ("Sonuçlar", "Results")
    case .suggestions: ("Öneriler", "Suggestions")
    case .categoriesTitle: ("Kategoriler", "Categories")
    case .categoriesLead: ("İzlediğimiz ürünler, kategorilere göre.", "The products that we watch, by category.")
    case .categoriesNone: ("Henüz bir kategori yok.", "There are no categories yet.")
    case .categoryDescription:
      (
        "{category}: fiyat geçmişleri, güncel fiyatlar ve gerçek indirimler.",
        "{category}: price histories, current prices and real deals."
      )
    case .productCount: ("{count} ürün", "{count} products")
    case .categoryEmpty: ("Bu ölçütlere uyan ürün yok.", "No product fits these filters.")
    case .breadcrumb: ("Konum", "Breadcrumb")
    case .currentPrice: ("Şu anki en iyi fiyat", "Best price now")
    case .noPrice: ("Şu anda satılmıyor", "Not on sale at the moment")
    case .goToShop: ("{shop} sayfasına git", "Go to {shop}")
    case .offers: ("Mağazaların teklifleri", "Offers of the shops")
    case .shop: ("Mağaza", "Shop")
    case .price: ("Fiyat", "Price")
    case .listPrice: ("Mağazanın liste fiyatı", "Shop's list price")
    case .availability: ("Durum", "Availability")
    case .checked: ("son bakış", "last checked")
    case .inStock: ("Stokta", "In stock")
    case .preorder: ("Ön sipariş", "Pre-order")
    case .unknownStock: ("Bilinmiyor", "Unknown")
    case .history: ("Fiyat geçmişi", "Price history")
    case .chartRange: ("Dönem", "Period")
    case .days: ("{days} gün", "{days} days")
    case .allTime: ("Tümü", "All")
    case .chartSummary:
      (
        "{start} – {end} arası fiyat: en düşük {low}, en yüksek {high}, son {last}.",
        "Price from {start} to {end}: lowest {low}, highest {high}, last {last}."
      )
    case .chartNone: ("Bu dönemde gösterilecek bir fiyat yok.", "There is no price to show in this period.")
    case .chartTable: ("Fiyat değişimleri, tablo olarak", "The price changes as a table")
    case .chartKeyboard:
      (
        "Grafik. Değişimler arasında sol ve sağ ok tuşlarıyla gezin.",
        "Chart. Move between changes with the left and right arrow keys."
      )
    case .chartOut: ("stokta yok", "out of stock")
    case .lowest: ("En düşük", "Lowest")
    case .highest: ("En yüksek", "Highest")
    case .average: ("Ortalama", "Average")
    case .reference: ("Yasal referans fiyatı", "Legal reference price")
    case .statistics: ("Dönemlere göre fiyat", "Price by period")
    case .window: ("Son {days} gün", "Last {days} days")
    case .windowAll: ("Tüm zamanlar", "All time")
    case .standing: ("Bu fiyat iyi mi?", "Is this price good?")
    case .standingLow:
      (
        "Fiyat, son {days} günün en düşüğünde. Bu dönemin ortalaması {average}, en yükseği {high}.",
        "The price is at its lowest of {days} days. The average of that time is {average}, the highest {high}."
      )
    case .standingBelow:
      (
        "Fiyat, son {days} günün ortalamasından ({average}) {percent} daha düşük; en düşüğü {low}, en yükseği {high}.",
        "The price is {percent} below the average of {days} days ({average}); the lowest was {low}, the highest {high}."
      )
    case .standingAbove:
      (
        "Fiyat, son {days} günün ortalamasından ({average}) {percent} daha yüksek; en düşüğü {low}, en yükseği {high}.",
        "The price is {percent} above the average of {days} days ({average}); the lowest was {low}, the highest {high}."
      )
    case .standingEqual:
      (
        "Fiyat son {days} gündür aynı: {average}.",
        "The price has been the same for {days} days: {average}."
      )
    case .standingNone:
      (
        "Bu ürünün şu anda bir fiyatı yok; gelince burada karşılaştıracağız.",
        "This product has no price at the moment; when it has one we compare it here."
      )
    case .whyGenuine:
      (
        "Son {days} günün en düşük fiyatı {reference} idi; gerçek indirim {real}, iddia edilen {claimed}.",
        "The lowest price of the {days} days before was {reference}; the real discount is {real}, the claim {claimed}."
      )
    case .whyGenuineUnclaimed:
      (
        "Son {days} günün en düşük fiyatı {reference} idi; gerçek indirim {real}.",
        "The lowest price of the {days} days before was {reference}; the real discount is {real}."
      )
    case .whyInflated:
      (
        "Mağazanın liste fiyatı {list} son 90 günde hiç istenmedi. Son {days} günün en düşük fiyatı {reference} idi; "
          + "gerçek indirim {real}, iddia edilen {claimed}.",
        "The shop's list price of {list} was never charged in 90 days. The lowest price of the {days} days before was "
          + "{reference}; the real discount is {real}, the claim {claimed}."
      )
    case .whyRaised:
      (
        "Fiyat, indirimden önceki 30 gün içinde {before} iken yükseltilmişti; ona göre indirim yalnızca {change}.",
        "Within the 30 days before the cut the price was raised from {before}; measured by that, the discount is only "
          + "{change}."
      )
    case .whyShort:
      (
        "Bu ürünü indirimden önce 30 günden az izlemiştik: gerçek olup olmadığını söylemek için erken.",
        "We had watched it for less than 30 days before the cut: too early to tell whether it is genuine."
      )
    case .pastDeals: ("İndirim geçmişi", "Deals so far")
    case .dealEnded: ("bitti {date}", "ended {date}")
    case .dealOpen: ("sürüyor", "open")
    case .tellMe: ("Fiyat düşünce haber ver", "Tell me when it falls")
    case .tellMeLead:
      ("Önerilen hedef, son 90 günün en düşüğüne göre.", "The target follows from the lowest of the last 90 days.")
    case .target: ("Hedef fiyat", "Target price")
    case .tellMeButton: ("Haber ver", "Tell me")
    case .share: ("Paylaşın, sitenize ekleyin", "Share and embed")
    case .shareButton: ("Paylaş", "Share")
    case .shared: ("Bağlantı kopyalandı.", "The link is copied.")
    case .embed: ("Sitenize ekleyin", "Embed it")
    case .embedHint: ("Grafiği gösteren HTML", "HTML that shows the chart")
    case .chartImage: ("Grafik, resim olarak", "The chart as an image")
    case .facts: ("Ürün bilgileri", "Product details")
    case .brand: ("Marka", "Brand")
    case .gtin: ("Barkod (GTIN)", "GTIN")
    case .retired: ("Bu ürünü artık izlemiyoruz.", "We do not watch this product any more.")
    case .productDescription:
      (
        "{title}: {price}. Fiyat geçmişi, mağazaların teklifleri ve indirim kararı.",
        "{title}: {price}. Price history, offers of the shops and the verdict on its discount."
      )
    case .lastChange: ("Ne zamandan beri", "Since when")
    case .notFoundTitle: ("Burada bir şey yok", "There is nothing here")
    case .notFoundText:
      (
        "Bu adreste bir sayfa yok; ürün kaldırılmış ya da adres eksik yazılmış olabilir.",
        "No page has this address; the product may be gone, or the address incomplete."
      )
    case .tooManyTitle: ("Biraz yavaş, lütfen", "A little slower, please")
    case .tooManyText:
      (
        "Bu adresten kısa sürede çok istek geldi. {seconds} saniye sonra yeniden deneyin.",
        "Many requests came from your address in a short time. Try again in {seconds} s."
      )
    case .failedTitle: ("Bir şeyler ters gitti", "Something went wrong")
    case .failedText:
      (
        "Hata bizde ve kaydedildi. Birazdan yeniden deneyin.",
        "The mistake is ours and has been noted. Try again in a moment."
      )
    case .awayTitle: ("Şu anda gösteremiyoruz", "We cannot show this right now")
    case .awayText:
      (
        "Gereken bir hizmete şu anda ulaşılamıyor. Birkaç saniye sonra yeniden deneyin.",
        "A service that is needed is away at the moment. Try again in a few seconds."
      )
    case .badTitle: ("Bu isteği anlayamadık", "We did not understand that")
    case .badText: ("Adreste geçersiz bir değer var: {field}.", "The address has a value that is not valid: {field}.")
    case .backHome: ("Ana sayfaya dön", "Back to the first page")
    case .requestName: ("İstek: {id}", "Request: {id}")
    }
  }
}
