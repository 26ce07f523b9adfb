// The echo service on gRPC C++'s callback API, the fastest of its three.
//
//   grpc-cpp-echo-server HOST:PORT
//
// The library sizes its thread pools by the number of cores that it may use: started under `taskset -c 0` it does its
// work in as few threads as it can. Prints "ready" once it listens; SIGTERM ends it.

#include <csignal>
#include <cstdio>
#include <iostream>
#include <memory>
#include <string>

#include <grpcpp/grpcpp.h>

#include "fiyatradari/bench/v1/echo.grpc.pb.h"

namespace {

using fiyatradari::bench::v1::Echo;
using fiyatradari::bench::v1::EchoMessage;

// Reads one message, writes it back, reads the next.
class StreamReactor final : public grpc::ServerBidiReactor<EchoMessage, EchoMessage> {
 public:
  StreamReactor() { StartRead(&message_); }

  void OnReadDone(bool ok) override {
    if (ok) {
      StartWrite(&message_);
    } else {
      Finish(grpc::Status::OK);
    }
  }

  void OnWriteDone(bool ok) override {
    if (ok) {
      StartRead(&message_);
    } else {
      Finish(grpc::Status(grpc::StatusCode::UNAVAILABLE, "the client is gone"));
    }
  }

  void OnDone() override { delete this; }

 private:
  EchoMessage message_;
};

class EchoService final : public Echo::CallbackService {
 public:
  grpc::ServerUnaryReactor* Unary(grpc::CallbackServerContext* context, const EchoMessage* request,
                                  EchoMessage* reply) override {
    reply->set_payload(request->payload());
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

  grpc::ServerBidiReactor<EchoMessage, EchoMessage>* Stream(grpc::CallbackServerContext*) override {
    return new StreamReactor();
  }
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: grpc-cpp-echo-server HOST:PORT\n";
    return 2;
  }
  // Blocked before the library starts threads, so that only the wait below takes them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  EchoService service;
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(argv[1], grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service);
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (!server || port == 0) {
    std::cerr << "grpc-cpp-echo-server: cannot listen on " << argv[1] << "\n";
    return 1;
  }
  std::printf("ready\n");
  std::fflush(stdout);
  int signal = 0;
  sigwait(&signals, &signal);
  server->Shutdown();
  return 0;
}
