extension OperatorPhrase {
  var forms: (turkish: String, english: String) {
    switch self {
    case .operators: ("İşletim", "Operating")
    case .menu: ("İşletim bölümleri", "Parts of operating")
    case .liveOn: ("Canlı", "Live")
    case .liveOff: ("Canlı değil", "Not live")
    case .liveStop: ("Durdur", "Stop")
    case .liveStart: ("Başlat", "Start")
    case .liveLost: ("Ağ geçidine ulaşılamıyor; yeniden deneniyor", "The gateway cannot be reached; trying again")
    case .overview: ("Genel bakış", "Overview")
    case .jobs: ("İşler", "Jobs")
    case .runs: ("Çalışmalar", "Runs")
    case .sources: ("Kaynaklar", "Sources")
    case .products: ("Ürünler", "Products")
    case .imports: ("Toplu yükleme", "Bulk import")
    case .deliveries: ("Gönderimler", "Deliveries")
    case .accounts: ("Hesaplar", "Accounts")
    case .keys: ("API anahtarları", "API keys")
    case .audit: ("Denetim kaydı", "Audit log")

    case .filters: ("Süzgeçler", "Filters")
    case .apply: ("Uygula", "Apply")
    case .clear: ("Temizle", "Clear")
    case .any: ("Hepsi", "All")
    case .none: ("Burada bir şey yok.", "There is nothing here.")
    case .save: ("Kaydet", "Save")
    case .change: ("Değiştir", "Change")
    case .state: ("Durum", "State")
    case .acts: ("Yapılabilecekler", "Acts")
    case .number: ("No", "Number")
    case .detail: ("Ayrıntı", "Detail")
    case .confirmAudit: ("Denetim kaydına yazılır.", "It is written to the audit log.")
    case .serviceAway:
      (
        "Bir hizmet yanıt vermiyor; onun rakamları eksik.",
        "A service does not answer; its figures are missing."
      )
    case .unknown: ("bilinmiyor", "not known")
    case .retry: ("Yeniden gönder", "Send again")
    case .remove: ("Kaldır", "Remove")
    case .made: ("Oluşturma", "Made")
    case .changed: ("Son değişiklik", "Changed last")
    case .when: ("Zaman", "When")
    case .text: ("Metin", "Text")
    case .subject: ("Neye", "To what")
    case .request: ("İstek", "Request")

    case .figures: ("Rakamlar, son bir saat", "Figures of the last hour")
    case .services: ("Hizmetler", "Services")
    case .service: ("Hizmet", "Service")
    case .version: ("Sürüm", "Version")
    case .answeredIn: ("Yanıt süresi", "Answered in")
    case .lag: ("Gecikme", "Lag")
    case .remark: ("Not", "Remark")
    case .ready: ("hazır", "ready")
    case .notReady: ("hazır değil", "not ready")
    case .jobsAll: ("İşler ve işçiler", "Jobs and workers")
    case .sourcesAll: ("Tüm kaynaklar", "All sources")
    case .requestRate: ("Bu geçidin istekleri", "Requests to this gateway")
    case .failureShare: ("Hata oranı", "Error rate")
    case .hitShare: ("Önbellek isabeti", "Cache hit rate")
    case .sourceSuccess: ("Kaynak başarısı, 24 saat", "Source success, 24 hours")
    case .due: ("Sırada", "Due")
    case .overdue: ("Gecikmiş", "Overdue")
    case .catalogLag: ("Katalogdan gecikme", "Lag behind catalog")
    case .pricingLag: ("Fiyatlardan gecikme", "Lag behind pricing")
    case .pending: ("Bekleyen gönderim", "Pending deliveries")
    case .parked: ("Kalan gönderim", "Parked deliveries")
    case .listings: ("İlanlar", "Listings")
    case .openDeals: ("Açık fırsatlar", "Open deals")
    case .alerts: ("Alarmlar", "Alerts")
    case .sent: ("Gönderilen, 24 saat", "Sent, 24 hours")
    case .perSecond: ("/sn", "/s")
    case .trendNone: ("Henüz bir eğilim yok", "No trend yet")
    case .trendLabel:
      (
        "Son bir saat: en düşük {low}, en yüksek {high}, son {last}",
        "The last hour: lowest {low}, highest {high}, last {last}"
      )
    case .cache: ("Önbellek", "Cache")
    case .cacheText:
      (
        "Geçitler yanıtları saklar ve değişince yeniler. Boşaltmak yalnızca saklananın yanlış olduğu bilinince gerekir.",
        "The gateways keep answers and renew them on change. Flushing is only needed when what is kept is known to be wrong."
      )
    case .cacheFlush: ("Önbelleği boşalt", "Flush the cache")
    case .cacheQuestion: ("Tüm önbellekler boşaltılsın mı?", "Flush all caches?")
    case .cacheConsequence:
      (
        "Geçitler sakladıkları tüm yanıtları unutur; dolana kadar hizmetler daha çok iş yapar.",
        "The gateways forget every answer that they keep; until these are back the services have more to do."
      )
    case .cacheDone: ("Tüm geçitlerin önbelleği boşaltıldı.", "The caches of all gateways were flushed.")
    case .cacheHere:
      (
        "Redis'e ulaşılamıyor: yalnızca bu geçidin önbelleği boşaltıldı.",
        "Redis is away: only this gateway's cache was flushed."
      )

    case .job: ("İş", "Job")
    case .priceCheck: ("Fiyat kontrolü", "Price checks")
    case .productFetch: ("Ürün ilk kontrolü", "First looks at products")
    case .notify: ("Bildirim gönderme", "Sending notices")
    case .running: ("çalışıyor", "running")
    case .paused: ("duraklatıldı", "paused")
    case .leased: ("Yapılan", "Under way")
    case .late: ("En eskisi", "Oldest")
    case .parkedShort: ("kalan", "parked")
    case .pause: ("Duraklat", "Pause")
    case .resume: ("Sürdür", "Resume")
    case .pauseAll: ("Hepsini duraklat", "Pause all")
    case .resumeAll: ("Hepsini sürdür", "Resume all")
    case .workers: ("İşçiler", "Workers")
    case .worker: ("İşçi", "Worker")
    case .seen: ("Son görülme", "Seen last")
    case .workersNone: ("Hiçbir işçi yok: hiçbir fiyat kontrol edilmiyor.", "There is no worker: no price is checked.")
    case .overdueListings: ("Gecikmiş ilanlar", "Overdue listings")
    case .overdueText:
      (
        "Kendi aralığından daha çok gecikenler, en eskisi başta; en çok 50.",
        "Those late by more than their own interval, the oldest first; 50 at most."
      )
    case .overdueNone: ("Gecikmiş ilan yok.", "No listing is overdue.")
    case .dueSince: ("Zamanı geldi", "Due since")
    case .checkedLast: ("Son kontrol", "Checked last")
    case .failures: ("Üst üste hata", "Failures in a row")
    case .checkNow: ("Şimdi kontrol et", "Check now")
    case .checkDone: ("Hemen kontrol edilecek.", "It will be checked at once.")
    case .pauseQuestion: ("“{job}” duraklatılsın mı?", "Pause “{job}”?")
    case .pauseConsequence:
      (
        "Yeni iş başlamaz, başlamış olan biter. Sürdürülene kadar fiyatlar eskir.",
        "No new work begins, what is under way ends. Until it is resumed prices grow old."
      )
    case .pauseNotifyConsequence:
      (
        "Sürdürülene kadar kimseye bildirim gitmez; hepsi sırada bekler.",
        "Until it is resumed nobody is told anything; all notices wait."
      )
    case .pauseAllQuestion: ("Tüm işler duraklatılsın mı?", "Pause all jobs?")
    case .pauseAllConsequence:
      (
        "Hiçbir fiyat kontrol edilmez, hiçbir bildirim gönderilmez; sürdürülene kadar.",
        "No price is checked and no notice is sent until they are resumed."
      )
    case .pauseDone: ("İş duraklatıldı.", "The job is paused.")
    case .resumeDone: ("İş sürüyor.", "The job goes on.")
    case .pauseAllDone: ("Tüm işler duraklatıldı.", "All jobs are paused.")
    case .resumeAllDone: ("Tüm işler sürüyor.", "All jobs go on.")

    case .started: ("Başlangıç", "Started")
    case .took: ("Süre", "Took")
    case .outcome: ("Sonuç", "Outcome")
    case .runsNone: ("Bu süzgeçlere uyan çalışma yok.", "No run fits these filters.")
    case .outcomeSucceeded: ("başarılı", "succeeded")
    case .outcomeNotModified: ("değişmemiş", "not modified")
    case .outcomeUnreachable: ("ulaşılamadı", "unreachable")
    case .outcomeRefused: ("reddedildi", "refused")
    case .outcomeUnreadable: ("okunamadı", "unreadable")
    case .outcomeForbidden: ("yasak adres", "forbidden address")
    case .outcomeGone: ("artık yok", "gone")

    case .source: ("Kaynak", "Source")
    case .sourcesText:
      (
        "Fiyatı sorulan her mağaza sunucusu: ne kadar sorulabileceği ve ne kadar yanıt alındığı.",
        "Every shop's host that is asked for prices: how much it may be asked, and how often it answered."
      )
    case .sourcesNone: ("Henüz sorulan bir kaynak yok.", "No source is asked yet.")
    case .success: ("Başarı, 24 saat", "Success, 24 hours")
    case .checks24h: ("Kontrol, 24 saat", "Checks, 24 hours")
    case .rate: ("Hız", "Rate")
    case .concurrency: ("Aynı anda", "At a time")
    case .budget: ("Bugün", "Today")
    case .budgetNone: ("{used}, sınırsız", "{used}, no limit")
    case .lastError: ("Son hata", "Last error")
    case .asked: ("soruluyor", "asked")
    case .blockedUntil: ("bekliyor: {time}", "waits until {time}")
    case .budgets: ("Bütçe", "Budget")
    case .rateField: ("Saniyede istek", "Requests a second")
    case .rateHint:
      ("0,001 ile 1000 arası; 0 hiç sorulmaz demektir.", "From 0.001 to 1000; 0 means that it is not asked.")
    case .concurrencyField: ("Aynı anda istek", "Requests at a time")
    case .budgetField: ("Günde istek", "Requests a day")
    case .budgetHint: ("0: sınır yok.", "0: no limit.")
    case .pausedField: ("Bu kaynağa hiç sorma", "Do not ask this source at all")
    case .sourceDone: ("Kaynak değiştirildi.", "The source was changed.")
    case .rateFault:
      ("0 ile 1000 arasında bir sayı, en çok üç ondalık", "expected 0 to 1000, with three decimals at most")
    case .concurrencyFault: ("0 ile 1000 arasında bir tam sayı", "expected a whole number from 0 to 1000")
    case .budgetFault:
      ("0 ile 1000000000 arasında bir tam sayı", "expected a whole number from 0 to 1000000000")

    case .words: ("Kelimeler", "Words")
    case .shop: ("Mağaza", "Shop")
    case .externalID: ("Mağazadaki kimliği", "Id at the shop")
    case .active: ("etkin", "active")
    case .retired: ("kaldırılmış", "retired")
    case .product: ("Ürün", "Product")
    case .listing: ("İlan", "Listing")
    case .brand: ("Marka", "Brand")
    case .category: ("Kategori", "Category")
    case .price: ("Fiyat", "Price")
    case .productsNone: ("Bu süzgeçlere uyan ürün yok.", "No product fits these filters.")
    case .facts: ("Bilgileri", "Details")
    case .title: ("Başlık", "Title")
    case .gtin: ("Barkod (GTIN)", "GTIN")
    case .categoryHint: ("Yolu: elektronik/kulaklik", "Its path: elektronik/kulaklik")
    case .image: ("Resmin adresi", "Address of the picture")
    case .priority: ("Ne sıklıkta kontrol edilir", "How often it is checked")
    case .priorityDefault: ("Olağan", "As usual")
    case .priorityHot: ("Sık (5 dakika)", "Often (5 minutes)")
    case .priorityNormal: ("Normal (1 saat)", "Normal (1 hour)")
    case .priorityCold: ("Seyrek (24 saat)", "Seldom (24 hours)")
    case .shopperPage: ("Alışveriş sayfası", "Its page for shoppers")
    case .checkAll: ("Hepsini şimdi kontrol et", "Check all now")
    case .address: ("Adres", "Address")
    case .sourceKind: ("Nasıl", "How")
    case .listingsNone: ("Bu ürünün ilanı yok.", "The product has no listing.")
    case .retireTitle: ("Kaldırma", "Retiring")
    case .retireText:
      (
        "Kaldırılan ürün listelenmez ve kontrol edilmez; geçmişi kalır, geri getirilebilir.",
        "A retired product is not listed and not checked; its history stays, and it can be brought back."
      )
    case .retire: ("Ürünü kaldır", "Retire the product")
    case .revive: ("Geri getir", "Bring it back")
    case .retireQuestion: ("“{title}” kaldırılsın mı?", "Retire “{title}”?")
    case .retireConsequence:
      (
        "Artık listelenmez ve fiyatı kontrol edilmez. Geri getirilebilir.",
        "It is not listed any more, and its prices are not checked. It can be brought back."
      )
    case .retireDone: ("Ürün kaldırıldı.", "The product is retired.")
    case .reviveDone: ("Ürün geri geldi.", "The product is back.")
    case .productDone: ("Ürün değiştirildi.", "The product was changed.")
    case .productStale:
      (
        "Ürün bu arada değişti. Aşağıda sizin yazdıklarınız duruyor; yeniden kaydederseniz onlar geçerli olur.",
        "The product was changed meanwhile. What you typed stands below; if you save again, that is what holds."
      )
    case .checkSomeDone:
      (
        "Bazı ilanlar hemen kontrol edilemez; ötekiler edilecek.",
        "Some listings cannot be checked at once; the others will be."
      )
    case .titleFault: ("Başlık 1 ile 500 karakter arası olmalı.", "The title must have 1 to 500 characters.")
    case .brandFault: ("Marka en çok 200 karakter olabilir.", "The brand may have 200 characters at most.")
    case .gtinFault:
      (
        "GTIN 8, 12, 13 ya da 14 rakamdır ve denetim rakamı doğru olmalıdır.",
        "A GTIN has 8, 12, 13 or 14 digits, and its check digit must be right."
      )
    case .categoryFault:
      ("Kategori, elektronik/kulaklik gibi bir yoldur.", "The category is a path such as elektronik/kulaklik.")
    case .imageFault:
      (
        "Resmin adresi http ya da https ile başlar, en çok 2048 karakter.",
        "The picture's address begins with http or https and has 2,048 characters at most."
      )
    case .removeQuestion: ("{listing} numaralı ilan kaldırılsın mı?", "Remove listing {listing}?")
    case .removeConsequence:
      (
        "{shop} mağazasındaki bu ilan silinir ve fiyatı kontrol edilmez. Geri alınamaz.",
        "This listing of {shop} is deleted and its price is not checked any more. It cannot be undone."
      )
    case .removeDone: ("İlan kaldırıldı.", "The listing was removed.")

    case .importText:
      (
        "CSV'den ürün ve ilan ekler ya da değiştirir. Aynı dosya ikinci kez hiçbir şeyi değiştirmez.",
        "Adds or changes products and listings from CSV. The same file a second time changes nothing."
      )
    case .importNew: ("Yeni dosya", "A new file")
    case .importFile: ("CSV dosyası", "CSV file")
    case .importHint:
      (
        "Sütunlar: id, title; isteğe bağlı gtin_or_sku, brand, category_path, url, image, currency; ötekiler özellik "
          + "olur. En çok 8 MiB.",
        "Columns: id, title; gtin_or_sku, brand, category_path, url, image, currency if there are; others become "
          + "attributes. At most 8 MiB."
      )
    case .importStart: ("Yükle", "Import")
    case .importsBefore: ("Yüklemeler", "Imports")
    case .importsNone: ("Henüz bir yükleme yok.", "There are no imports yet.")
    case .importTitle: ("{number} numaralı yükleme", "Import {number}")
    case .shopHint: ("Küçük harf, rakam ve - _ .", "Small letters, digits and - _ .")
    case .currency: ("Para birimi", "Currency")
    case .currencyHint: ("Sütunu boş olan satırlar için: TRY", "Of rows without one: TRY")
    case .locale: ("Fiyat yazımı", "How prices are written")
    case .localeHint: ("tr-TR gibi; boşsa para birimine göre.", "Such as tr-TR; follows from the currency if empty.")
    case .sourcePush: ("Fiyatlar gönderilir", "Prices are pushed")
    case .sourcePage: ("Sayfasından okunur", "Read from its page")
    case .sourceFeed: ("Mağazanın dosyasından", "From the shop's feed")
    case .begun: ("Başlangıç", "Begun")
    case .fileName: ("Dosya", "File")
    case .rows: ("Satır", "Rows")
    case .importCreated: ("Eklenen", "Added")
    case .importUpdated: ("Değişen", "Changed")
    case .importUnchanged: ("Aynı kalan", "Unchanged")
    case .importRejected: ("Alınamayan", "Rejected")
    case .importRunning: ("sürüyor", "under way")
    case .importDone: ("bitti", "done")
    case .importFailed: ("yarıda kaldı", "broken off")
    case .importLost:
      (
        "Bu yüklemeyi yapan geçit durmuş. Dosyayı yeniden yükleyin: alınmış olanlar değişmez.",
        "The gateway that did this import has stopped. Import the file again: what was taken over does not change."
      )
    case .importBroken:
      (
        "Yarıda kaldı; dosyayı yeniden yükleyin, alınmış olanlar değişmez",
        "Broken off; import the file again, what was taken over does not change"
      )
    case .importReport: ("Hata dökümü (CSV)", "Report of errors (CSV)")
    case .importRead: ("Dosyanın okunanı: {percent}", "Read of the file: {percent}")
    case .importNoFaults: ("Alınamayan satır yok.", "No row was rejected.")
    case .line: ("Satır", "Line")
    case .reason: ("Neden", "Reason")
    case .shopFault:
      ("1 ile 64 arası küçük harf, rakam ve - _ . olmalı.", "Expected 1 to 64 small letters, digits and - _ .")
    case .currencyFault: ("TRY gibi üç harf olmalı.", "Expected three letters, such as TRY.")
    case .localeFault: ("tr-TR gibi bir dil kodu olmalı.", "Expected a language tag such as tr-TR.")
    case .importFault: ("Bir CSV dosyası seçin.", "Choose a CSV file.")
    case .importColumns:
      (
        "İlk satırda id ve title sütunları olan, virgülle ayrılmış CSV bekleniyor.",
        "Expected CSV with commas whose first line has the columns id and title."
      )
    case .importBusy:
      ("Başka yüklemeler sürüyor; bitince yeniden deneyin.", "Other imports are under way; try again when they end.")

    case .subscriber: ("Alıcı", "Subscriber")
    case .channel: ("Kanal", "Channel")
    case .attempts: ("Deneme", "Attempts")
    case .mail: ("E-posta", "E-mail")
    case .stateParked: ("kaldı", "parked")
    case .statePending: ("bekliyor", "pending")
    case .stateSent: ("gönderildi", "sent")
    case .stateDropped: ("bırakıldı", "dropped")
    case .stateAll: ("hepsi", "all")
    case .parkedNone: ("Gönderilememiş bir şey yok.", "Nothing failed to be sent.")
    case .deliveriesNone: ("Bu süzgeçlere uyan gönderim yok.", "No delivery fits these filters.")
    case .retryDone: ("Gönderim yeniden deneniyor.", "The delivery is tried again.")

    case .email: ("E-posta adresi", "E-mail address")
    case .role: ("Rol", "Role")
    case .roleUser: ("kullanıcı", "user")
    case .roleOperator: ("işletmen", "operator")
    case .roleAdmin: ("yönetici", "admin")
    case .roleNew: ("Yeni rol", "New role")
    case .standing: ("Erişim", "Access")
    case .disabled: ("kapalı", "disabled")
    case .unverified: ("doğrulanmamış", "not verified")
    case .enabled: ("açık", "enabled")
    case .signedInLast: ("Son giriş", "Signed in last")
    case .accountsNone: ("Böyle bir hesap yok.", "There is no such account.")
    case .disable: ("Hesabı kapat", "Disable the account")
    case .enable: ("Hesabı aç", "Enable the account")
    case .disableText:
      (
        "Kapalı bir hesapla giriş yapılamaz ve anahtarları geçmez; alarmları silinmez.",
        "Nobody signs in with a disabled account, and its keys are not valid; its alerts are kept."
      )
    case .endSessions: ("Tüm oturumlarını kapat", "Sign it out everywhere")
    case .auditOf: ("Yaptıkları", "What it did")
    case .account: ("Hesap", "Account")
    case .accountNumber: ("Hesap no", "Number of the account")
    case .roleQuestion: ("{email}: rol {role} olsun mu?", "Make {email} {role}?")
    case .roleConsequence:
      (
        "Şu anki rolü: {old}. İşletmen bu sayfaları kullanır; yönetici ayrıca hesapları, anahtarları ve denetim kaydını.",
        "Its role now is {old}. An operator uses these pages; an admin accounts, keys and the audit log as well."
      )
    case .roleDone: ("Rol değişti.", "The role was changed.")
    case .disableQuestion: ("{email} kapatılsın mı?", "Disable {email}?")
    case .disableConsequence:
      (
        "Oturumları hemen kapanır, anahtarları geçmez olur. Yeniden açılabilir.",
        "It is signed out at once and its keys are not valid. It can be enabled again."
      )
    case .disableDone: ("Hesap kapatıldı.", "The account is disabled.")
    case .enableDone: ("Hesap açıldı.", "The account is enabled.")
    case .sessionsQuestion: ("{email} her yerden çıkarılsın mı?", "Sign {email} out everywhere?")
    case .sessionsConsequence: ("Yeniden giriş yapması gerekir.", "It has to sign in again.")
    case .sessionsDone: ("Hesap her yerden çıkarıldı.", "The account was signed out everywhere.")
    case .lastAdmin:
      (
        "Bu son yönetici; önce bir başkasını yönetici yapın.",
        "This is the last admin; make somebody else one before."
      )
    case .name: ("Ad", "Name")
    case .keyPrefix: ("Başı", "Begins with")
    case .scopes: ("Kapsam", "Scopes")
    case .used: ("Son kullanım", "Used last")
    case .tier: ("Kademe", "Tier")
    case .valid: ("geçerli", "valid")
    case .revoked: ("iptal", "revoked")
    case .revoke: ("İptal et", "Revoke")
    case .keysNone: ("Anahtar yok.", "There are no keys.")
    case .tierQuestion: ("“{name}” anahtarı {tier} kademesine geçsin mi?", "Move the key “{name}” to {tier}?")
    case .tierConsequence:
      (
        "Şu anki kademesi: {old}. Ne kadar istek yapabileceği hemen değişir.",
        "Its tier now is {old}. How much it may ask for changes at once."
      )
    case .tierDone: ("Anahtarın kademesi değişti.", "The key's tier was changed.")
    case .revokeQuestion: ("“{name}” anahtarı iptal edilsin mi?", "Revoke the key “{name}”?")
    case .revokeConsequence:
      (
        "Onu kullanan programlar hemen reddedilir. Geri alınamaz.",
        "Programs that use it are refused at once. It cannot be undone."
      )
    case .revokeDone: ("Anahtar iptal edildi.", "The key is revoked.")
    case .credential: ("Neyle", "By what")
    case .operation: ("İşlem", "Operation")
    case .clientAddress: ("Nereden", "From where")
    case .auditText:
      (
        "İşletmen ve yöneticilerin yaptığı her şey, yapılmadan önce yazılır; en yenisi başta.",
        "Everything that operators and admins do, written down before it is done; the newest first."
      )
    case .auditNone: ("Bu süzgeçlere uyan kayıt yok.", "No entry fits these filters.")
    }
  }
}
