#include "c_api/job.h"

#include "c_api/guard.h"

using wordmill::guard;
using wordmill::require;

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
