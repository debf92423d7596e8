#include <memory>

#include "backend/device_window.h"
#include "c_api/device.h"
#include "c_api/guard.h"
#include "c_api/handles.h"
#include "c_api/job.h"
#include "runtime/parallel.h"
#include "text/view.h"
#include "train/window_model.h"
#include "train/window_options.h"
#include "train/window_score.h"

using wordmill::guard;
using wordmill::require;

namespace {

wordmill::WindowTables shared(const wm_window_tables& tables) {
  const auto value = [](const wm_table* handle) { return handle != nullptr ? handle->value() : nullptr; };
  return {value(tables.input), value(tables.output), value(tables.tree), tables.locks,
          tables.subwords != nullptr ? tables.subwords->value : nullptr};
}

}  // namespace

wm_code wm_window_job_create(const wm_view* view, const wm_window_tables* tables, const wm_window_options* options,
                             wm_job** out, wm_error* error) {
  return guard(error, [&] {
    require(view != nullptr && tables != nullptr && options != nullptr && out != nullptr, "view",
            "an argument is NULL");
    const wordmill::WindowTables shares = shared(*tables);
    wordmill::checkWindowOptions(*options, shares, *view->value);
    auto model = std::make_unique<wordmill::WindowModel>(view->value, shares, *options);
    if (options->device != nullptr) {
      *out = new wm_job(std::make_unique<wordmill::DeviceWindow>(options->device->value, std::move(model)), 1);
    } else {
      *out = new wm_job(std::move(model), wordmill::resolveThreads(options->threads));
    }
  });
}

wm_code wm_window_score(const wm_view* view, const wm_window_tables* tables, const wm_window_options* options,
                        const wm_signal* signal, double* out, wm_error* error) {
  return guard(error, [&] {
    require(view != nullptr && tables != nullptr && options != nullptr && out != nullptr, "view",
            "an argument is NULL");
    wordmill::scoreSentences(view->value, shared(*tables), *options, signal, out);
  });
}
