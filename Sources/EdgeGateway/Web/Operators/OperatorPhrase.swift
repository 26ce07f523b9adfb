/// What the pages of those who run the mesh say.
enum OperatorPhrase: Wording {
  // The frame.
  case operators, menu, liveOn, liveOff, liveStop, liveStart, liveLost
  case overview, jobs, runs, sources, products, imports, deliveries, accounts, keys, audit
  // Words of many pages.
  case filters, apply, clear, any, none, save, change, state, acts, number, detail, confirmAudit
  case serviceAway, unknown, retry, remove, made, changed, when, text, subject, request
  // Everything at one look.
  case figures, services, service, version, answeredIn, lag, remark, ready, notReady, jobsAll, sourcesAll
  case requestRate, failureShare, hitShare, sourceSuccess, due, overdue, catalogLag, pricingLag, pending, parked
  case listings, openDeals, alerts, sent, perSecond, trendNone, trendLabel
  case cache, cacheText, cacheFlush, cacheQuestion, cacheConsequence, cacheDone, cacheHere
  // Jobs.
  case job, priceCheck, productFetch, notify, running, paused, leased, late, parkedShort, pause, resume, pauseAll
  case resumeAll, workers, worker, seen, workersNone, overdueListings, overdueText, overdueNone, dueSince, checkedLast
  case failures, checkNow, checkDone, pauseQuestion, pauseConsequence, pauseNotifyConsequence, pauseAllQuestion
  case pauseAllConsequence, pauseDone, resumeDone, pauseAllDone, resumeAllDone
  // Runs.
  case started, took, outcome, runsNone, outcomeSucceeded, outcomeNotModified, outcomeUnreachable, outcomeRefused
  case outcomeUnreadable, outcomeForbidden, outcomeGone
  // Sources.
  case source, sourcesText, sourcesNone, success, checks24h, rate, concurrency, budget, budgetNone, lastError, asked
  case blockedUntil, budgets, rateField, rateHint, concurrencyField, budgetField, budgetHint, pausedField, sourceDone
  case rateFault, concurrencyFault, budgetFault
  // Products.
  case words, shop, externalID, active, retired, product, listing, brand, category, price, productsNone, facts, title
  case gtin, categoryHint, image, priority, priorityDefault, priorityHot, priorityNormal, priorityCold, shopperPage
  case checkAll, address, sourceKind, listingsNone, retireTitle, retireText, retire, revive, retireQuestion
  case retireConsequence, retireDone, reviveDone, productDone, productStale, checkSomeDone
  case titleFault, brandFault, gtinFault, categoryFault, imageFault
  case removeQuestion, removeConsequence, removeDone
  // Imports.
  case importText, importNew, importFile, importHint, importStart, importsBefore, importsNone, importTitle, shopHint
  case currency, currencyHint, locale, localeHint, sourcePush, sourcePage, sourceFeed, begun, fileName, rows
  case importCreated, importUpdated, importUnchanged, importRejected, importRunning, importDone, importFailed
  case importLost, importBroken, importReport, importRead, importNoFaults, line, reason
  case shopFault, currencyFault, localeFault, importFault, importColumns, importBusy
  // Deliveries.
  case subscriber, channel, attempts, mail, stateParked, statePending, stateSent, stateDropped, stateAll, parkedNone
  case deliveriesNone, retryDone
  // Accounts, keys, the audit log.
  case email, role, roleUser, roleOperator, roleAdmin, roleNew, standing, disabled, unverified, enabled
  case signedInLast, accountsNone, disable, enable, disableText, endSessions, auditOf, account, accountNumber
  case roleQuestion, roleConsequence, roleDone, disableQuestion, disableConsequence, disableDone, enableDone
  case sessionsQuestion, sessionsConsequence, sessionsDone, lastAdmin
  case name, keyPrefix, scopes, used, tier, valid, revoked, revoke, keysNone, tierQuestion, tierConsequence, tierDone
  case revokeQuestion, revokeConsequence, revokeDone
  case credential, operation, clientAddress, auditText, auditNone
}
