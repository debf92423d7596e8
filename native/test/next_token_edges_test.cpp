// Next-token training through the C ABI: what is held out and counted beside it, and what is refused or stopped.

#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "next_token_fixture.h"

namespace {

void testBaselines() {
  const Owned<wm_corpus> corpus = corpusOf(chainText(900, 31));
  const Owned<wm_view> view = viewOf(corpus);
  const Sequence training = sequenceOf(view, 0.2);
  const Sequence heldOut = sequenceOf(view, 0.2, true);
  wm_baselines found{};
  CHECK_EQUAL(wm_sequence_baselines(training.get(), heldOut.get(), nullptr, &found, nullptr), WM_OK);
  CHECK(found.bigram_k > 0.0 && found.bigram_k <= 1.0);
  const auto tokens = static_cast<double>(infoOf(heldOut).tokens);
  // Three of four words follow from the one before; any else of 31 is as likely.
  const double entropy = -0.758 * std::log(0.758) - 0.242 * std::log(0.25 / 31);
  CHECK(found.bigram / tokens > entropy);
  CHECK(found.bigram / tokens < entropy + 0.6);
  CHECK_NEAR(found.unigram / tokens, std::log(31.0), 0.1);

  // By hand: counts of a, b in "a b a", asked about "b b".
  const Sequence small = sequenceOf(viewOf(corpusOf("a b a\n")));
  wm_view_options rules = viewOptions();
  const Owned<wm_keys> words = keysOf({"a", "b"});
  rules.vocabulary = words.get();
  const Sequence asked = sequenceOf(viewOf(corpusOf("b b\n"), rules));
  CHECK_EQUAL(wm_sequence_baselines(small.get(), asked.get(), nullptr, &found, nullptr), WM_OK);
  CHECK_NEAR(found.unigram, -2.0 * std::log(2.0 / 5.0), 1e-12);
  CHECK_EQUAL(found.bigram_k, 1.0);
  // After a start: one a of one; after b: one a of one.
  CHECK_NEAR(found.bigram, -2.0 * std::log(1.0 / 3.0), 1e-12);
}

void testSplit() {
  const Owned<wm_view> view = viewOf(corpusOf(chainText(100, 30)));
  const Sequence left = sequenceOf(view, 0.25);
  const Sequence held = sequenceOf(view, 0.25, true);
  const Sequence whole = sequenceOf(view);
  CHECK_EQUAL(infoOf(held).sentences, 25U);
  CHECK_EQUAL(infoOf(left).sentences, 75U);
  CHECK_EQUAL(infoOf(left).tokens + infoOf(held).tokens, infoOf(whole).tokens);
  for (uint64_t row = 0; row < infoOf(whole).rows; ++row) {
    CHECK_EQUAL(wm_sequence_counts(left.get())[row] + wm_sequence_counts(held.get())[row],
                wm_sequence_counts(whole.get())[row]);
  }
  CHECK_EQUAL(infoOf(sequenceOf(view, 1e-9, true)).sentences, 1U);
  CHECK_EQUAL(infoOf(sequenceOf(view, 0.9999)).sentences, 1U);

  wm_sequence* none = nullptr;
  wm_error error{};
  const Owned<wm_view> line = viewOf(corpusOf("a b c\n"));
  CHECK_EQUAL(wm_sequence_create(line.get(), 0.1, 1, 0, nullptr, &none, &error), WM_ERR_CORPUS);
  CHECK_EQUAL(std::string(error.option), "validation");
  CHECK_EQUAL(wm_sequence_create(line.get(), 1.0, 1, 0, nullptr, &none, &error), WM_ERR_OPTION);
  CHECK_EQUAL(wm_sequence_create(line.get(), std::nan(""), 1, 0, nullptr, &none, &error), WM_ERR_OPTION);
}

void testDivergence() {
  const Sequence sequence = sequenceOf(viewOf(corpusOf(chainText(1000, 40))));
  wm_next_token_options options = optionsOf();
  options.learning_rate = 1e30;
  const Network network(options, sequence.get(), 12, false, true);
  const Owned<wm_job> job = jobOf(sequence, network, options);
  CHECK_EQUAL(wm_job_submit(job.get(), 0, 2, nullptr), WM_OK);
  wm_error error{};
  CHECK_EQUAL(wm_job_wait(job.get(), &error), WM_ERR_DIVERGED);
  CHECK_EQUAL(error.block, 0);
}

void testRefusals() {
  const Sequence sequence = sequenceOf(viewOf(corpusOf("a b c d\n")));
  const auto refused = [&](const char* option, const std::function<void(wm_next_token_options&)>& spoil,
                           const std::function<void(wm_next_token_tables&)>& spoilTables = {}) {
    wm_next_token_options options = optionsOf();
    const Network network(options, sequence.get(), 4, false, true);
    wm_next_token_tables tables = network.tables;
    spoil(options);
    if (spoilTables) spoilTables(tables);
    wm_job* job = nullptr;
    wm_error error{};
    CHECK_EQUAL(wm_next_token_job_create(sequence.get(), &tables, &options, &job, &error), WM_ERR_OPTION);
    CHECK_EQUAL(std::string(error.option), option);
  };
  const auto nothing = [](wm_next_token_options&) {};
  refused("context", [](auto& o) { o.context = 2; });
  refused("contextSize", [](auto& o) { o.context_size = 0; });
  refused("contextSize", [](auto& o) { o.context_size = 1025; });
  refused("objective", [](auto& o) { o.objective = 3; });
  refused("batchSize", [](auto& o) { o.batch_size = 0; });
  refused("epochs", [](auto& o) { o.epochs = 0; });
  refused("threads", [](auto& o) { o.threads = 1025; });
  refused("warmup", [](auto& o) { o.warmup = 1.5; });
  refused("schedule", [](auto& o) { o.schedule = 9; });
  refused("learningRate", [](auto& o) { o.learning_rate = 0.0; });
  refused("learningRate", [](auto& o) { o.learning_rate = std::numeric_limits<double>::infinity(); });
  refused("optimizer", [](auto& o) { o.optimizer.rule = 9; });
  refused("momentum", [](auto& o) { o.optimizer.momentum = 1.0; });
  refused("weightDecay", [](auto& o) { o.optimizer.weight_decay = -1.0; });
  refused("learningRateEnd", [](auto& o) {
    o.schedule = WM_RATE_LINEAR;
    o.learning_rate_end = 2.0;
  });
  refused("negativeSamples", [](auto& o) {
    o.objective = WM_NEXT_TOKEN_SAMPLED;
    o.samples = 0;
  });
  refused("negativeExponent", [](auto& o) {
    o.objective = WM_NEXT_TOKEN_SAMPLED;
    o.sample_exponent = std::nan("");
  });
  refused("map", [](auto& o) { o.context_size = 2; });
  refused("map", nothing, [](auto& t) { t.map = nullptr; });
  refused("input", nothing, [](auto& t) { t.input = nullptr; });
  refused("output", nothing, [](auto& t) { t.output = t.input; });
  refused("output", nothing, [](auto& t) { t.output = t.bias; });
  refused("bias", nothing, [](auto& t) { t.bias = t.map; });
  refused("bias", nothing, [](auto& t) { t.bias = nullptr; });
  refused(
      "counts", [](auto& o) { o.objective = WM_NEXT_TOKEN_SAMPLED; }, [](auto& t) { t.counts = nullptr; });
  refused(
      "tied", [](auto& o) { o.objective = WM_NEXT_TOKEN_TREE; }, [](auto& t) { t.output = nullptr; });

  const wm_next_token_options options = optionsOf();
  const Network network(options, sequence.get(), 4, false, true);
  float out[4];
  const uint32_t beyond = 4;
  CHECK_EQUAL(wm_next_token_predict(&network.tables, &options, &beyond, 1, out, nullptr), WM_ERR_OPTION);
  double loss = 0.0;
  const Sequence other = sequenceOf(viewOf(corpusOf("a b c d e\n")));
  CHECK_EQUAL(wm_next_token_loss(other.get(), &network.tables, &options, nullptr, &loss, nullptr), WM_ERR_OPTION);
}

void testCancelling() {
  const Sequence sequence = sequenceOf(viewOf(corpusOf(chainText(3000, 5000))));
  wm_next_token_options options = optionsOf();
  options.epochs = 1000;
  const Network network(options, sequence.get(), 64, false, true);
  const Owned<wm_job> job = jobOf(sequence, network, options);
  wm_job_progress progress;
  wm_job_poll(job.get(), &progress);
  CHECK_EQUAL(progress.threads, 2U);
  CHECK_EQUAL(wm_job_submit(job.get(), 0, progress.blocks, nullptr), WM_OK);
  wm_job_pause(job.get());
  CHECK_EQUAL(wm_job_wait(job.get(), nullptr), WM_OK);
  wm_job_poll(job.get(), &progress);
  CHECK(progress.blocks_done <= 1);
  CHECK_EQUAL(wm_job_submit(job.get(), progress.blocks_done, progress.blocks - progress.blocks_done, nullptr), WM_OK);
  wm_job_cancel(job.get());
  CHECK_EQUAL(wm_job_wait(job.get(), nullptr), WM_ERR_CANCELLED);
  for (const float value : network.all()) {
    if (!std::isfinite(value)) {
      CHECK(false);
      break;
    }
  }
  wm_signal* signal = nullptr;
  CHECK_EQUAL(wm_signal_create(&signal, nullptr), WM_OK);
  const Owned<wm_signal> raised(signal);
  wm_signal_raise(signal);
  double loss = 0.0;
  CHECK_EQUAL(wm_next_token_loss(sequence.get(), &network.tables, &options, signal, &loss, nullptr), WM_ERR_CANCELLED);
}

}  // namespace

int main() {
  testBaselines();
  testSplit();
  testDivergence();
  testRefusals();
  testCancelling();
  return checkResult();
}
