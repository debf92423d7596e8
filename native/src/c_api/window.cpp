#include <memory>

#include "c_api/guard.h"
#include "c_api/handles.h"
#include "runtime/job.h"
#include "runtime/parallel.h"
#include "text/view.h"
#include "train/window_model.h"
#include "train/window_options.h"
#include "train/window_score.h"

using wordmill::guard;
using wordmill::require;

namespace {

wordmill::WindowTables shared(const wm_window_tables& tables) {
  const auto value = [](const wm_table* handle) { return handle != nullptr ? handle->value : nullptr; };
  return {value(tables.input), value(tables.output), value(tables.tree), tables.locks};
}

}  // namespace

struct wm_job {
  explicit wm_job(std::unique_ptr<wordmill::BlockWork> work, unsigned threads) : value(std::move(work), threads) {}
  wordmill::Job value;
};

wm_code wm_window_job_create(const wm_view* view, const wm_window_tables* tables, const wm_window_options* options,
                             wm_job** out, wm_error* error) {
  return guard(error, [&] {
    require(view != nullptr && tables != nullptr && options != nullptr && out != nullptr, "view",
            "an argument is NULL");
    const wordmill::WindowTables shares = shared(*tables);
    wordmill::checkWindowOptions(*options, shares, *view->value);
    auto model = std::make_unique<wordmill::WindowModel>(view->value, shares, *options);
    *out = new wm_job(std::move(model), wordmill::resolveThreads(options->threads));
  });
}

wm_code wm_job_submit(wm_job* job, uint64_t first_block, uint64_t count, wm_error* error) {
  return guard(error, [&] {
    require(job != nullptr, "job", "the job is NULL");
    job->value.submit(first_block, count);
  });
}

void wm_job_poll(const wm_job* job, wm_job_progress* out) { *out = job->value.progress(); }

wm_code wm_job_wait(wm_job* job, wm_error* error) {
  return guard(error, [&] {
    require(job != nullptr, "job", "the job is NULL");
    job->value.wait();
  });
}

void wm_job_pause(wm_job* job) { job->value.pause(); }

void wm_job_cancel(wm_job* job) { job->value.cancel(); }

void wm_job_on_rest(wm_job* job, void (*callback)(void* data), void* data) {
  job->value.onRest([callback, data] { callback(data); });
}

void wm_job_release(wm_job* job) { delete job; }

wm_code wm_window_score(const wm_view* view, const wm_window_tables* tables, const wm_window_options* options,
                        const wm_signal* signal, double* out, wm_error* error) {
  return guard(error, [&] {
    require(view != nullptr && tables != nullptr && options != nullptr && out != nullptr, "view",
            "an argument is NULL");
    wordmill::scoreSentences(view->value, shared(*tables), *options, signal, out);
  });
}
