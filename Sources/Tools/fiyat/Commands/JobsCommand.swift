import ArgumentParser
import MeshMessages
import MeshRPC

/// `fiyat jobs`: what runs in the background, and how to stop it.
struct JobsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "jobs", abstract: "Shows, pauses and resumes the jobs that check prices.",
    subcommands: [Status.self, Pause.self, Resume.self], defaultSubcommand: Status.self)

  struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Shows all jobs.")

    @OptionGroup var mesh: MeshOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
      let status = try await mesh.with(.pricing) { channel in
        try await PricingV1.SchedulerService.Client(channel).getStatus(
          PricingV1.GetStatusRequest(), options: callTimeout)
      }
      guard output.output == .table else {
        print(try JSONLine.text(status))
        return
      }
      print("\(status.products) products, \(status.listings) listings, \(status.openDeals) open deals")
      JobsCommand.show(status.jobs)
    }
  }

  struct Pause: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Stops a job, or all, at once; what is under way ends.")

    @Argument(help: "product-fetch, price-check or notify; without a name: all.")
    var job: String?

    @OptionGroup var mesh: MeshOptions

    func run() async throws {
      let job = job
      let jobs = try await mesh.with(.pricing) { channel in
        let client = PricingV1.SchedulerService.Client(channel)
        guard let job else {
          return try await client.pauseAll(PricingV1.PauseAllRequest(), options: callTimeout).jobs
        }
        return [try await client.pauseJob(PricingV1.PauseJobRequest(name: job), options: callTimeout)]
      }
      JobsCommand.show(jobs)
    }
  }

  struct Resume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Lets a job, or all, run again.")

    @Argument(help: "product-fetch, price-check or notify; without a name: all.")
    var job: String?

    @OptionGroup var mesh: MeshOptions

    func run() async throws {
      let job = job
      let jobs = try await mesh.with(.pricing) { channel in
        let client = PricingV1.SchedulerService.Client(channel)
        guard let job else {
          return try await client.resumeAll(PricingV1.ResumeAllRequest(), options: callTimeout).jobs
        }
        return [try await client.resumeJob(PricingV1.ResumeJobRequest(name: job), options: callTimeout)]
      }
      JobsCommand.show(jobs)
    }
  }

  fileprivate static func show(_ jobs: [PricingV1.Job]) {
    var table = Table([
      ("job", .left), ("state", .left), ("due", .right), ("overdue", .right), ("leased", .right), ("lag", .right),
    ])
    for job in jobs {
      table.add([
        job.name, job.paused ? "paused" : "runs", String(job.due), String(job.overdue), String(job.leased),
        "\(job.lag?.seconds ?? 0) s",
      ])
    }
    print(table.text)
  }
}
