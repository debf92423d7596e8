#include "task_runner.h"

#include <algorithm>
#include <chrono>
#include <new>
#include <system_error>

#include "errors.h"

namespace wordmill::node {
namespace {

constexpr std::chrono::seconds kIdleTime{5};
constexpr size_t kMostThreads = 256;

size_t shortThreads() { return std::max<size_t>(2, std::thread::hardware_concurrency()); }

}  // namespace

/// A started task. Made and destroyed on the JavaScript thread; between, one runner thread calls its work.
struct TaskRunner::Pending {
  Pending(Napi::Env env, Task from) : task(std::move(from)), deferred(Napi::Promise::Deferred::New(env)) {
    for (const Napi::Value& value : task.keep) kept.push_back(Napi::Persistent(value.As<Napi::Object>()));
    task.keep.clear();
  }

  Task task;
  Napi::Promise::Deferred deferred;
  std::vector<Napi::ObjectReference> kept;
  wm_code code = WM_OK;
  wm_error error{};
};

TaskRunner::TaskRunner(Napi::Env env) : courier_(Courier::New(env, "wordmill", 0, 1, this)) { courier_.Unref(env); }

TaskRunner::~TaskRunner() = default;

Napi::Promise TaskRunner::start(Napi::Env env, Task task) {
  auto owned = std::make_unique<Pending>(env, std::move(task));
  Pending* pending = owned.get();
  const Napi::Promise promise = pending->deferred.Promise();
  pending_.emplace(pending, std::move(owned));
  std::list<std::thread> ended;
  bool accepted = true;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    ended.swap(retired_);
    queue_.push_back(pending);
    grow();
    if (threads_.empty()) {
      queue_.pop_back();
      accepted = false;
    }
  }
  for (std::thread& thread : ended) thread.join();
  if (!accepted) {
    pending_.erase(pending);
    refuseMemory(env, "the system does not let this process start another thread");
  }
  wake_.notify_one();
  hold(env);
  return promise;
}

// Under the lock. Where no more threads can be had, the queue waits for those there are.
void TaskRunner::grow() {
  if (closed_ || queue_.size() <= idle_ || threads_.size() >= kMostThreads) return;
  if (threads_.size() - long_ >= shortThreads()) return;
  auto self = threads_.emplace(threads_.end());
  try {
    *self = std::thread([this, self] { runThread(self); });
  } catch (const std::system_error&) {
    threads_.erase(self);
  }
}

void TaskRunner::runThread(std::list<std::thread>::iterator self) {
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    idle_++;
    wake_.wait_for(lock, kIdleTime, [this] { return closed_ || !queue_.empty(); });
    idle_--;
    if (queue_.empty()) break;
    Pending* pending = queue_.front();
    queue_.pop_front();
    const bool isLong = pending->task.length == Length::kLong;
    long_ += isLong;
    grow();
    lock.unlock();
    run(pending);
    post([this, pending](Napi::Env env) { settle(env, pending); });
    lock.lock();
    long_ -= isLong;
  }
  if (!closed_) retired_.splice(retired_.end(), threads_, self);
}

void TaskRunner::run(Pending* pending) {
  const Task& task = pending->task;
  if (task.signal && wm_signal_raised(task.signal.get())) {
    pending->code = fail(&pending->error, WM_ERR_CANCELLED, "cancelled before it began");
    return;
  }
  try {
    pending->code = task.work(&pending->error);
  } catch (const std::bad_alloc&) {
    pending->code = fail(&pending->error, WM_ERR_MEMORY, "out of memory");
  } catch (const std::exception& exception) {
    pending->code = fail(&pending->error, WM_ERR_NATIVE, exception.what());
  }
}

void TaskRunner::post(std::function<void(Napi::Env)> message) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (closed_) return;
  messages_.push_back(std::move(message));
  courier_.NonBlockingCall();
}

void TaskRunner::deliver(Napi::Env env, Napi::Function, TaskRunner* runner, void*) {
  if (static_cast<napi_env>(env) == nullptr) return;
  std::vector<std::function<void(Napi::Env)>> messages;
  {
    std::lock_guard<std::mutex> lock(runner->mutex_);
    messages.swap(runner->messages_);
  }
  for (const auto& message : messages) {
    Napi::HandleScope scope(env);
    message(env);
  }
}

void TaskRunner::settle(Napi::Env env, Pending* pending) {
  auto found = pending_.find(pending);
  const std::unique_ptr<Pending> owned = std::move(found->second);
  pending_.erase(found);
  letGo(env);
  if (owned->task.rested) owned->task.rested();
  // Napi refuses everything while a worker thread is being terminated; nobody waits for the promise then.
  try {
    if (owned->code != WM_OK) {
      owned->deferred.Reject(makeError(env, owned->error).Value());
      return;
    }
    try {
      owned->deferred.Resolve(owned->task.result ? owned->task.result(env) : env.Undefined());
    } catch (const Napi::Error& error) {
      owned->deferred.Reject(error.Value());
    }
  } catch (const Napi::Error&) {
  }
}

void TaskRunner::hold(Napi::Env env) {
  if (holds_++ == 0) courier_.Ref(env);
}

void TaskRunner::letGo(Napi::Env env) {
  if (--holds_ == 0) courier_.Unref(env);
}

void TaskRunner::close() {
  std::list<std::thread> threads;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    closed_ = true;
    queue_.clear();
    messages_.clear();
    threads.splice(threads.end(), threads_);
    threads.splice(threads.end(), retired_);
  }
  for (const auto& [pending, owned] : pending_) {
    if (pending->task.signal) wm_signal_raise(pending->task.signal.get());
  }
  wake_.notify_all();
  for (std::thread& thread : threads) thread.join();
  pending_.clear();
  courier_.Release();
}

SignalHandle makeSignal(Napi::Env env) {
  wm_signal* signal = nullptr;
  wm_error error;
  check(env, wm_signal_create(&signal, &error), error);
  return SignalHandle(signal, wm_signal_release);
}

}  // namespace wordmill::node
