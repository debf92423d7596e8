#include <memory>

#include "backend/device_glove.h"
#include "c_api/device.h"
#include "c_api/guard.h"
#include "c_api/handles.h"
#include "c_api/job.h"
#include "count/cooccurrence.h"
#include "runtime/parallel.h"
#include "train/glove_model.h"
#include "train/glove_options.h"

using wordmill::guard;
using wordmill::require;

wm_code wm_glove_job_create(const wm_cooccurrence* matrix, const wm_glove_tables* tables,
                            const wm_glove_options* options, wm_signal* signal, wm_job** out, wm_error* error) {
  return guard(error, [&] {
    require(matrix != nullptr && tables != nullptr && options != nullptr && out != nullptr, "matrix",
            "an argument is NULL");
    const auto value = [](const wm_table* handle) { return handle != nullptr ? handle->value() : nullptr; };
    const wordmill::GloveTables shares = {value(tables->words), value(tables->contexts), value(tables->word_squares),
                                          value(tables->context_squares), value(tables->biases)};
    wordmill::checkGloveOptions(*options, shares, *matrix->value);
    auto model = std::make_unique<wordmill::GloveModel>(*matrix->value, shares, *options, signal);
    if (options->device != nullptr) {
      *out = new wm_job(std::make_unique<wordmill::DeviceGlove>(options->device->value, std::move(model)), 1);
    } else {
      *out = new wm_job(std::move(model), wordmill::resolveThreads(options->threads));
    }
  });
}
