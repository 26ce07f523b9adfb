import ArgumentParser
@main struct RedisBench: AsyncParsableCommand { func run() async throws {} }
