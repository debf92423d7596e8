#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "napi_headers.h"

namespace wordmill::node {

using SignalHandle = std::shared_ptr<wm_signal>;

/// How long a task keeps its thread: kShort is bounded by its arguments, kLong reads a file or a whole corpus.
enum class Length { kShort, kLong };

/// Work for another thread, and what to make of it in JavaScript.
struct Task {
  Length length = Length::kShort;
  /// Cancels the work, also when the environment goes away; empty where the work cannot be cancelled.
  SignalHandle signal;
  /// Their memory is used by the work, so they are not collected before it has come to rest.
  std::vector<Napi::Value> keep;
  /// Runs on a thread of the runner and must not touch JavaScript.
  std::function<wm_code(wm_error*)> work;
  /// JavaScript thread, after the work, whether it failed or not.
  std::function<void()> rested;
  /// JavaScript thread, after success: what the promise resolves to (empty: undefined).
  std::function<Napi::Value(Napi::Env)> result;
};

/**
 * The threads of one environment (libuv's four belong to files, DNS and crypto) and the way back to its JavaScript
 * thread. Short tasks share as many threads as there are processors; every long task comes on top of them, so that it
 * keeps no short one waiting. Threads are started when all others are busy and end after some idle time.
 */
class TaskRunner {
 public:
  explicit TaskRunner(Napi::Env env);
  TaskRunner(const TaskRunner&) = delete;
  ~TaskRunner();

  /// JavaScript thread.
  Napi::Promise start(Napi::Env env, Task task);

  /// Any thread: run `message` on the JavaScript thread soon. It must not own JavaScript references.
  void post(std::function<void(Napi::Env)> message);

  /// JavaScript thread: keep the process alive until as many calls of letGo.
  void hold(Napi::Env env);
  void letGo(Napi::Env env);

  /// JavaScript thread: raise every signal, drop what has not begun, and join. Afterwards nothing is delivered.
  void close();

 private:
  struct Pending;

  static void deliver(Napi::Env env, Napi::Function, TaskRunner* runner, void*);
  void settle(Napi::Env env, Pending* pending);
  void grow();
  void runThread(std::list<std::thread>::iterator self);
  static void run(Pending* pending);

  using Courier = Napi::TypedThreadSafeFunction<TaskRunner, void, &TaskRunner::deliver>;
  Courier courier_;

  // JavaScript thread only
  std::unordered_map<Pending*, std::unique_ptr<Pending>> pending_;
  uint64_t holds_ = 0;

  std::mutex mutex_;  // all below
  std::condition_variable wake_;
  std::deque<Pending*> queue_;
  std::vector<std::function<void(Napi::Env)>> messages_;
  std::list<std::thread> threads_;
  std::list<std::thread> retired_;  // ended, to be joined
  size_t idle_ = 0;
  size_t long_ = 0;  // threads with a long task
  bool closed_ = false;
};

/// A signal for work that nobody outside can cancel, so that the runner can when the environment goes.
SignalHandle makeSignal(Napi::Env env);

}  // namespace wordmill::node
