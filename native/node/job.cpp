#include "job.h"

#include "arguments.h"

namespace wordmill::node {
namespace {

constexpr Choices kStates = {
    {"idle", WM_JOB_IDLE}, {"running", WM_JOB_RUNNING}, {"cancelled", WM_JOB_CANCELLED}, {"failed", WM_JOB_FAILED}};

wm_job_progress pollJob(const wm_job* job) {
  wm_job_progress progress;
  wm_job_poll(job, &progress);
  return progress;
}

}  // namespace

JobState::JobState(wm_job* native, std::shared_ptr<TaskRunner> taskRunner)
    : job(native), runner(std::move(taskRunner)) {
  wm_job_on_rest(job, onRest, this);
}

JobState::~JobState() { wm_job_release(job); }

// On an engine thread, which must never come to own the state: releasing the job waits for that thread.
void JobState::onRest(void* data) {
  const std::weak_ptr<JobState> weak = static_cast<JobState*>(data)->weak_from_this();
  static_cast<JobState*>(data)->runner->post([weak](Napi::Env env) {
    if (const auto state = weak.lock()) state->settle(env);
  });
}

bool JobState::isRunning() const { return pollJob(job).state == WM_JOB_RUNNING; }

void JobState::settle(Napi::Env env) {
  if (isRunning()) return;
  if (running != nullptr) std::exchange(running, nullptr)->Unref();
  if (waiting.empty()) return;
  runner->letGo(env);
  const std::vector<Napi::Promise::Deferred> settled = std::move(waiting);
  waiting.clear();
  wm_error error;
  const wm_code code = wm_job_wait(job, &error);
  // Napi refuses everything while a worker thread is being terminated; nobody waits for the promises then.
  try {
    for (const Napi::Promise::Deferred& deferred : settled) {
      if (code == WM_OK) {
        deferred.Resolve(env.Undefined());
      } else {
        deferred.Reject(makeError(env, error).Value());
      }
    }
  } catch (const Napi::Error&) {
  }
}

Napi::Function Job::define(Napi::Env env) {
  return DefineClass(env, kName,
                     {
                         InstanceMethod<&Job::submit>("submit"),
                         InstanceMethod<&Job::poll>("poll"),
                         InstanceMethod<&Job::rest>("rest"),
                         InstanceMethod<&Job::pause>("pause"),
                         InstanceMethod<&Job::cancel>("cancel"),
                         InstanceMethod<&Job::dispose>("dispose"),
                     });
}

// void wm_job_on_rest(wm_job* job, void (*callback)(void* data), void* data);
// void wm_job_release(wm_job* job);
Napi::Value Job::makeLater(Napi::Env env, Create create, SignalHandle signal) {
  struct Made {
    ~Made() { wm_job_release(job); }
    wm_job* job = nullptr;
  };
  auto made = std::make_shared<Made>();
  Task task;
  task.length = Length::kLong;
  task.signal = std::move(signal);
  task.work = [create = std::move(create), made](wm_error* error) { return create(&made->job, error); };
  task.result = [made](Napi::Env e) {
    Addon& addon = Addon::of(e);
    auto state = std::make_shared<JobState>(std::exchange(made->job, nullptr), addon.runner());
    addon.watch(state);
    return make(e, std::move(state));
  };
  return Addon::of(env).start(env, std::move(task));
}

// wm_code wm_job_submit(wm_job* job, uint64_t first_block, uint64_t count, wm_error* error);
void Job::submit(const Napi::CallbackInfo& info) {
  const NativeHandle state = use(info.Env());
  const uint64_t first = toSize(info[0], "firstBlock");
  const uint64_t count = toSize(info[1], "count");
  wm_error error;
  check(info.Env(), wm_job_submit(state->job, first, count, &error), error);
  if (state->running == nullptr && state->isRunning()) {
    Ref();
    state->running = this;
  }
}

// void wm_job_poll(const wm_job* job, wm_job_progress* out);
Napi::Value Job::poll(const Napi::CallbackInfo& info) {
  const wm_job_progress progress = pollJob(use(info.Env())->job);
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("state", nameOf(progress.state, kStates));
  result.Set("threads", progress.threads);
  result.Set("blocks", fromSize(progress.blocks));
  result.Set("blocksDone", fromSize(progress.blocks_done));
  result.Set("tokensTotal", fromSize(progress.tokens_total));
  result.Set("tokensDone", fromSize(progress.tokens_done));
  result.Set("lossSum", progress.loss_sum);
  result.Set("examples", fromSize(progress.examples));
  result.Set("learningRate", progress.learning_rate);
  result.Set("seconds", progress.seconds);
  return result;
}

// wm_code wm_job_wait(wm_job* job, wm_error* error);
Napi::Value Job::rest(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const NativeHandle state = use(env);
  const auto deferred = Napi::Promise::Deferred::New(env);
  if (state->waiting.empty()) state->runner->hold(env);
  state->waiting.push_back(deferred);
  state->settle(env);
  return deferred.Promise();
}

// void wm_job_pause(wm_job* job);
void Job::pause(const Napi::CallbackInfo& info) { wm_job_pause(use(info.Env())->job); }

// void wm_job_cancel(wm_job* job);
void Job::cancel(const Napi::CallbackInfo& info) { wm_job_cancel(use(info.Env())->job); }

// Cancels; what waits is told and the job is released when it has come to rest, without blocking JavaScript.
void Job::dispose(const Napi::CallbackInfo& info) {
  if (isDisposed()) return;
  const Napi::Env env = info.Env();
  const NativeHandle state = use(env);
  Handle::dispose(info);
  if (!state->isRunning()) return;
  state->cancel();
  Task task;
  task.length = Length::kLong;
  task.work = [state](wm_error*) {
    state->wait();
    return WM_OK;
  };
  task.result = [state](Napi::Env e) {
    state->settle(e);
    return e.Undefined();
  };
  Addon::of(env).start(env, std::move(task));
}

}  // namespace wordmill::node
