// What the embedding layer refuses through the C ABI, and that it changes nothing then.

#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "embedding_fixture.h"

namespace {

void refused(const char* option, const std::function<wm_code(wm_error*)>& call) {
  wm_error error{};
  CHECK_EQUAL(call(&error), WM_ERR_OPTION);
  CHECK_EQUAL(std::string(error.option), option);
}

/// A gradient that is not finite changes nothing, whether others are there already or not, also where it is not used.
void testDefects() {
  const uint32_t ids[] = {1, kPadding, 2, 1};
  for (const bool isFirst : {true, false}) {
    for (const uint64_t at : {0UL, kColumns + 3, 4 * kColumns - 1}) {
      const Layer layer(padded());
      const uint32_t other = 1;
      const std::vector<float> good = randomValues(kColumns);
      if (!isFirst) {
        CHECK_EQUAL(wm_embedding_backward(layer.embedding, &other, 1, good.data(), nullptr), WM_OK);
      }
      const std::vector<float> before = layer.gradient();
      std::vector<float> bad = randomValues(4 * kColumns);
      bad[at] = at % 2 == 0 ? std::nanf("") : std::numeric_limits<float>::infinity();
      wm_error error{};
      CHECK_EQUAL(wm_embedding_backward(layer.embedding, ids, 4, bad.data(), &error), WM_ERR_OPTION);
      CHECK_EQUAL(std::string(error.option), "gradient");
      const std::string place =
          "gradient: number " + std::to_string(at % kColumns) + " of row " + std::to_string(at / kColumns);
      CHECK(std::string(error.text).find(place) == 0);
      CHECK(layer.gradient() == before);
      CHECK_EQUAL(layer.gradientRows(), isFirst ? 0U : 1U);
    }
  }
}

void testRefusals() {
  const Layer layer(padded());
  std::vector<float> numbers = randomValues(20 * kRows);
  const uint32_t ids[] = {0, 1, static_cast<uint32_t>(-2), static_cast<uint32_t>(kRows)};
  wm_error error{};
  CHECK_EQUAL(wm_embedding_forward(layer.embedding, ids, 4, numbers.data(), &error), WM_ERR_OPTION);
  CHECK_EQUAL(std::string(error.option), "ids");
  CHECK(std::string(error.text).find("ids[2] is -2") == 0);
  refused("ids", [&](wm_error* e) { return wm_embedding_backward(layer.embedding, ids, 4, numbers.data(), e); });
  refused("ids", [&](wm_error* e) { return wm_embedding_forward(layer.embedding, ids + 3, 1, numbers.data(), e); });

  const uint32_t good[] = {0, 1, 2};
  const auto bag = [&](const wm_bags& bags, const char* option) {
    refused(option, [&](wm_error* e) { return wm_embedding_bag(layer.embedding, &bags, numbers.data(), e); });
    refused(option,
            [&](wm_error* e) { return wm_embedding_bag_backward(layer.embedding, &bags, numbers.data(), nullptr, e); });
  };
  const uint32_t late[] = {1, 2};
  const uint32_t falling[] = {0, 2, 1};
  const uint32_t beyond[] = {0, 4};
  const uint32_t first[] = {0};
  const float nan[] = {1.0F, std::nanf(""), 1.0F};
  bag({3, good, 3, first, 1, nullptr}, "mode");
  bag({WM_BAG_SUM, ids, 4, first, 1, nullptr}, "ids");
  bag({WM_BAG_SUM, good, 3, nullptr, 0, nullptr}, "offsets");
  bag({WM_BAG_SUM, good, 3, late, 2, nullptr}, "offsets");
  bag({WM_BAG_SUM, good, 3, falling, 3, nullptr}, "offsets");
  bag({WM_BAG_SUM, good, 3, beyond, 2, nullptr}, "offsets");
  bag({WM_BAG_SUM, good, 3, first, 1, nan}, "weights");
  bag({WM_BAG_MEAN, good, 3, first, 1, numbers.data()}, "weights");
  std::vector<float> bad = randomValues(kColumns);
  bad[8] = std::nanf("");
  const wm_bags one{WM_BAG_MEAN, good, 3, first, 1, nullptr};
  refused("gradient",
          [&](wm_error* e) { return wm_embedding_bag_backward(layer.embedding, &one, bad.data(), nullptr, e); });
  refused("weightGradient", [&](wm_error* e) {
    return wm_embedding_bag_backward(layer.embedding, &one, numbers.data(), numbers.data(), e);
  });
  refused("hidden",
          [&](wm_error* e) { return wm_embedding_logits(layer.embedding, bad.data(), 1, numbers.data(), e); });
  numbers[3] = -std::numeric_limits<float>::infinity();
  const std::vector<float> hidden = randomValues(kColumns);
  refused("gradient", [&](wm_error* e) {
    return wm_embedding_logits_backward(layer.embedding, hidden.data(), 1, numbers.data(), nullptr, e);
  });
  const wm_optimizer_options sgd{WM_SGD, 0.0, 0.0, 0.0, 0.0, 0.0};
  refused("learningRate", [&](wm_error* e) { return wm_embedding_step(layer.embedding, &sgd, std::nan(""), e); });
  CHECK_EQUAL(layer.gradientRows(), 0U);

  const auto create = [&](const wm_embedding_options& options, const char* option) {
    wm_embedding* made = nullptr;
    refused(option, [&](wm_error* e) { return wm_embedding_create(layer.table, &options, &made, e); });
    CHECK(made == nullptr);
  };
  create({-2, 0.0, 2.0, 0, 1}, "paddingIndex");
  create({static_cast<int64_t>(kRows), 0.0, 2.0, 0, 1}, "paddingIndex");
  create({-1, -1.0, 2.0, 0, 1}, "maxNorm");
  create({-1, 1.0, 0.0, 0, 1}, "normType");
  create({-1, 1.0, std::nan(""), 0, 1}, "normType");
  create({-1, 0.0, 2.0, 0, 1025}, "threads");
  wm_table* half = nullptr;
  CHECK_EQUAL(wm_table_create(WM_F16, 2, 2, &half, nullptr), WM_OK);
  const wm_embedding_options options = plain();
  wm_embedding* made = nullptr;
  refused("table", [&](wm_error* e) { return wm_embedding_create(half, &options, &made, e); });
  wm_table_release(half);
  refused("embedding", [&](wm_error* e) { return wm_embedding_zero_gradient(nullptr, e); });
  wm_embedding_release(nullptr);
}

void testFrequencyOfLargest() {
  wm_embedding_options options = plain();
  options.scale_by_frequency = 1;
  const Layer layer(options);
  const Bags bags(WM_BAG_MAX, 3);
  const std::vector<float> gradients(3 * kColumns, 1.0F);
  refused("mode", [&](wm_error* e) {
    return wm_embedding_bag_backward(layer.embedding, &bags.value, gradients.data(), nullptr, e);
  });
}

}  // namespace

int main() {
  testDefects();
  testRefusals();
  testFrequencyOfLargest();
  return checkResult();
}
