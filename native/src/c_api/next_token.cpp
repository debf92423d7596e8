#include <memory>

#include "backend/device_next_token.h"
#include "c_api/device.h"
#include "c_api/guard.h"
#include "c_api/handles.h"
#include "c_api/job.h"
#include "count/baselines.h"
#include "text/token_sequence.h"
#include "text/view.h"
#include "train/next_token/model.h"
#include "train/next_token/options.h"

using wordmill::guard;
using wordmill::require;

namespace {

wordmill::NextTokenTables shared(const wm_next_token_tables& tables) {
  const auto value = [](const wm_table* handle) { return handle != nullptr ? handle->value() : nullptr; };
  return {value(tables.input), value(tables.map), value(tables.output),
          value(tables.bias),  tables.counts,     tables.counted_only != 0};
}

}  // namespace

wm_code wm_sequence_create(const wm_view* view, double held_out, uint64_t seed, int32_t take_held_out,
                           const wm_signal* signal, wm_sequence** out, wm_error* error) {
  return guard(error, [&] {
    require(view != nullptr && out != nullptr, "view", "an argument is NULL");
    *out = new wm_sequence{wordmill::TokenSequence::create(*view->value, held_out, seed, take_held_out != 0, signal)};
  });
}

void wm_sequence_describe(const wm_sequence* sequence, wm_sequence_info* out) {
  const wordmill::TokenSequence& value = *sequence->value;
  *out = {value.size(), value.sentences(), value.counts().size()};
}

const uint64_t* wm_sequence_counts(const wm_sequence* sequence) { return sequence->value->counts().data(); }

void wm_sequence_release(wm_sequence* sequence) { delete sequence; }

wm_code wm_sequence_baselines(const wm_sequence* training, const wm_sequence* held_out, const wm_signal* signal,
                              wm_baselines* out, wm_error* error) {
  return guard(error, [&] {
    require(training != nullptr && held_out != nullptr && out != nullptr, "training", "an argument is NULL");
    *out = wordmill::baselinesOf(*training->value, *held_out->value, signal);
  });
}

wm_code wm_next_token_job_create(const wm_sequence* sequence, const wm_next_token_tables* tables,
                                 const wm_next_token_options* options, wm_job** out, wm_error* error) {
  return guard(error, [&] {
    require(sequence != nullptr && tables != nullptr && options != nullptr && out != nullptr, "sequence",
            "an argument is NULL");
    const wordmill::NextTokenTables shares = shared(*tables);
    wordmill::checkNextTokenTraining(*options, shares, sequence->value->counts());
    auto model = std::make_unique<wordmill::NextTokenModel>(sequence->value, shares, *options);
    if (options->device != nullptr) {
      *out = new wm_job(std::make_unique<wordmill::DeviceNextToken>(options->device->value, std::move(model)), 1);
    } else {
      *out = new wm_job(std::move(model), 1);
    }
  });
}

wm_code wm_next_token_loss(const wm_sequence* sequence, const wm_next_token_tables* tables,
                           const wm_next_token_options* options, const wm_signal* signal, double* out,
                           wm_error* error) {
  return guard(error, [&] {
    require(sequence != nullptr && tables != nullptr && options != nullptr && out != nullptr, "sequence",
            "an argument is NULL");
    const wordmill::NextTokenTables shares = shared(*tables);
    wordmill::checkNextTokenNetwork(*options, shares);
    wordmill::checkNextTokenTargets(shares, sequence->value->counts());
    *out = wordmill::nextTokenLoss(*sequence->value, shares, *options, signal);
  });
}

wm_code wm_next_token_predict(const wm_next_token_tables* tables, const wm_next_token_options* options,
                              const uint32_t* tokens, uint64_t count, float* out, wm_error* error) {
  return guard(error, [&] {
    require(tables != nullptr && options != nullptr && out != nullptr, "tables", "an argument is NULL");
    require(tokens != nullptr || count == 0, "tokens", "the tokens are NULL");
    const wordmill::NextTokenTables shares = shared(*tables);
    wordmill::checkNextTokenNetwork(*options, shares);
    for (uint64_t i = 0; i < count; ++i) {
      require(tokens[i] < shares.input->rows(), "tokens", "a token is beyond the vocabulary");
    }
    wordmill::predictNextToken(shares, *options, tokens, count, out);
  });
}
