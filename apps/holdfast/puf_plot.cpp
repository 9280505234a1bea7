#include "apps/holdfast/puf_plot.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <format>
#include <string_view>
#include <vector>

namespace holdfast::app {
namespace {

constexpr double kWidth = 880;
constexpr double kHeight = 820;
constexpr std::string_view kWithinColour = "#1f6f8b";
constexpr std::string_view kBetweenColour = "#d0762b";
constexpr std::string_view kRule = R"(class="rule" stroke="#8a1c3b")";

constexpr std::string_view kStyle =
    "<style>text{font-family:'DejaVu Sans',Verdana,sans-serif;font-size:12px;fill:#30363c}"
    ".title{font-size:19px;font-weight:600}.head{font-size:14px;font-weight:600}.small{font-size:11px;fill:#5b646d}"
    ".grid{stroke:#e3e7ea;stroke-width:1}.axis{stroke:#8b949c;stroke-width:1}"
    ".rule{stroke-width:1.5;stroke-dasharray:5 4;fill:none}</style>\n";

// A drawing area with axes: values in, places on the sheet out.
struct Panel {
  double left = 78;
  double top = 0;
  double width = kWidth - 78 - 36;
  double height = 150;
  double x_from = 0;
  double x_to = 1;
  double y_from = 0;
  double y_to = 1;

  [[nodiscard]] double x(double value) const { return left + ((value - x_from) / (x_to - x_from) * width); }
  [[nodiscard]] double y(double value) const { return top + height - ((value - y_from) / (y_to - y_from) * height); }
  [[nodiscard]] double bottom() const { return top + height; }
};

enum class Anchor { start, middle, end };

std::string text_at(double x, double y, std::string_view text, std::string_view style = "",
                    Anchor anchor = Anchor::start) {
  constexpr std::array kNames{"start", "middle", "end"};
  return std::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\" class=\"{}\">{}</text>\n", x, y,
                     kNames.at(static_cast<std::size_t>(anchor)), style, text);
}

std::string line_from(double x1, double y1, double x2, double y2, std::string_view attributes) {
  return std::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" {}/>\n", x1, y1, x2, y2,
                     attributes);
}

// A round step that divides `range` into about four parts.
double step_of(double range) {
  const double rough = range / 4;
  const double power = std::pow(10, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 2.5, 5.0}) {
    if (factor * power >= rough) return factor * power;
  }
  return 10 * power;
}

// The multiples of `step` from the one to the other, both included.
std::vector<double> ticks(double from, double to, double step) {
  constexpr double kRounding = 1e-6;
  const auto first = std::llround(std::ceil((from / step) - kRounding));
  const auto last = std::llround(std::floor((to / step) + kRounding));
  std::vector<double> values;
  for (auto i = first; i <= last; ++i) values.push_back(step * static_cast<double>(i));
  return values;
}

std::string percent(double share) {
  const double value = std::fabs(share) < 1e-9 ? 0 : 100 * share;  // never "-0"
  const double tenths = std::round(value * 10) / 10;
  return std::fabs(tenths - std::round(tenths)) < 0.01 ? std::format("{:.0f} %", value)
                                                       : std::format("{:.1f} %", value);
}

std::string grouped(std::size_t number) {
  auto digits = std::to_string(number);
  for (auto i = static_cast<std::ptrdiff_t>(digits.size()) - 3; i > 0; i -= 3)
    digits.insert(static_cast<std::size_t>(i), ",");
  return digits;
}

std::string frame_of(const Panel& panel, std::string_view head, std::string_view below) {
  auto svg = text_at(panel.left, panel.top - 14, head, "head");
  for (const double value : ticks(panel.y_from, panel.y_to, step_of(panel.y_to - panel.y_from))) {
    const double y = panel.y(value);
    svg += line_from(panel.left, y, panel.left + panel.width, y, "class=\"grid\"");
    svg += text_at(panel.left - 8, y + 4, percent(value), "small", Anchor::end);
  }
  svg += line_from(panel.left, panel.bottom(), panel.left + panel.width, panel.bottom(), "class=\"axis\"");
  return svg + text_at(panel.left + (panel.width / 2), panel.bottom() + 36, below, "small", Anchor::middle);
}

std::string x_ticks(const Panel& panel, double step, bool shares) {
  std::string svg;
  for (const double value : ticks(panel.x_from, panel.x_to, step)) {
    svg += line_from(panel.x(value), panel.bottom(), panel.x(value), panel.bottom() + 5, "class=\"axis\"");
    const auto label = shares ? percent(value) : grouped(static_cast<std::size_t>(std::llround(value)));
    svg += text_at(panel.x(value), panel.bottom() + 18, label, "small", Anchor::middle);
  }
  return svg;
}

std::string bar_of(const Panel& panel, double from, double to, double height, std::string_view colour) {
  if (height <= panel.y_from) return "";
  return std::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"{}\"/>\n",
                     panel.x(from), panel.y(height), std::max(0.6, panel.x(to) - panel.x(from) - 0.6),
                     panel.bottom() - panel.y(height), colour);
}

constexpr double kBin = 0.005;

std::vector<double> shares_by_bin(const std::vector<double>& samples, std::size_t bins) {
  std::vector<double> shares(bins);
  for (const double sample : samples) {
    const auto bin = std::min(static_cast<std::size_t>(sample / kBin), bins - 1);
    shares[bin] += 1 / static_cast<double>(samples.size());
  }
  return shares;
}

std::string legend(const Panel& panel, std::string_view colour, double at, std::string_view what) {
  const double x = panel.left + panel.width - at;
  return std::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"11\" height=\"11\" fill=\"{}\"/>\n", x, panel.top - 24,
                     colour) +
         text_at(x + 17, panel.top - 14, what);
}

std::string distances_of(const puf::Analysis& analysis, Panel panel) {
  const auto& within = analysis.within.samples;
  double farthest = 0.6;
  for (const double sample : within) farthest = std::max(farthest, sample);
  if (analysis.between) {
    for (const double sample : analysis.between->samples) farthest = std::max(farthest, sample);
  }
  panel.x_to = farthest > 0.6 ? 1.0 : 0.6;
  const auto bins = static_cast<std::size_t>(std::lround(panel.x_to / kBin));
  const auto own = shares_by_bin(within, bins);
  const auto foreign = analysis.between ? shares_by_bin(analysis.between->samples, bins) : std::vector<double>(bins);
  panel.y_to = 1.12 * std::max(std::ranges::max(own), std::ranges::max(foreign));
  auto svg = frame_of(panel, "How far readouts are apart",
                      "share of bits that differ, over all pairs of readouts; the height is the share of their blocks");
  svg += x_ticks(panel, 0.1, true);
  for (std::size_t i = 0; i < bins; ++i) {
    const double from = kBin * static_cast<double>(i);
    svg += bar_of(panel, from, from + kBin, own[i], kWithinColour);
    svg += bar_of(panel, from, from + kBin, foreign[i], kBetweenColour);
  }
  svg += legend(panel, kWithinColour, analysis.between ? 262 : 116, "same device");
  if (analysis.between) svg += legend(panel, kBetweenColour, 146, "different devices");
  const double x = panel.x(analysis.error_rate);
  svg += line_from(x, panel.top, x, panel.bottom(), kRule);
  return svg + text_at(x + 7, panel.top + 12, "rate for the code: " + percent(analysis.error_rate), "small");
}

std::string blocks_axis(const Panel& panel, const puf::Analysis& analysis) {
  Panel cells = panel;
  cells.x_from = 0;
  cells.x_to = static_cast<double>(analysis.bytes);
  return x_ticks(cells, std::max(1.0, step_of(cells.x_to)), false);
}

std::string errors_of(const puf::Analysis& analysis, Panel panel) {
  panel.x_to = static_cast<double>(analysis.blocks.size());
  double highest = 0.01;
  for (const auto& block : analysis.blocks) highest = std::max(highest, block.error_rate);
  panel.y_to = 1.12 * highest;
  auto svg = frame_of(panel, "Where the errors are",
                      "place in the readout, in bytes; each bar is the error rate of one block");
  svg += blocks_axis(panel, analysis);
  for (std::size_t i = 0; i < analysis.blocks.size(); ++i) {
    const auto from = static_cast<double>(i);
    svg += bar_of(panel, from, from + 1, analysis.blocks[i].error_rate, kWithinColour);
  }
  const double y = panel.y(analysis.within.mean);
  svg += line_from(panel.left, y, panel.left + panel.width, y, kRule);
  return svg + text_at(panel.left + panel.width, panel.top - 14, "mean " + percent(analysis.within.mean), "small",
                       Anchor::end);
}

std::string bias_of(const puf::Analysis& analysis, Panel panel) {
  panel.x_to = static_cast<double>(analysis.blocks.size());
  double reach = 0.05;  // on both sides of one half
  for (const auto& block : analysis.blocks) reach = std::max(reach, 1.1 * std::fabs(block.ones - 0.5));
  panel.y_from = 0.5 - std::min(0.5, reach);
  panel.y_to = 0.5 + std::min(0.5, reach);
  auto svg = frame_of(panel, "Where the bias is",
                      "place in the readout, in bytes; each dot is the share of ones in one block");
  svg += blocks_axis(panel, analysis);
  svg += line_from(panel.left, panel.y(0.5), panel.left + panel.width, panel.y(0.5), "class=\"axis\"");
  for (std::size_t i = 0; i < analysis.blocks.size(); ++i) {
    svg += std::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3.2\" fill=\"{}\"/>\n",
                       panel.x(static_cast<double>(i) + 0.5), panel.y(analysis.blocks[i].ones), kWithinColour);
  }
  return svg +
         text_at(panel.left + panel.width, panel.top - 14, "mean " + percent(analysis.ones), "small", Anchor::end);
}

std::string subtitle_of(const puf::Analysis& analysis) {
  auto text = std::format("{} readouts of {} bits each", analysis.readouts, grouped(analysis.bytes * 8));
  if (analysis.between) text += std::format(", {} devices", analysis.devices);
  if (analysis.choice) text += ", " + analysis.choice->code.name();
  if (analysis.assessment)
    text += std::format(", {:.0f} bits of min-entropy left", std::floor(analysis.assessment->residual_bits));
  return text + (analysis.acceptable() ? "" : "; does not serve");
}

}  // namespace

std::string plot_of(const puf::Analysis& analysis) {
  auto svg = std::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.0f}\" height=\"{1:.0f}\" viewBox=\"0 0 {0:.0f} {1:.0f}\" "
      "role=\"img\" aria-label=\"Analysis of a noisy source\">\n",
      kWidth, kHeight);
  svg += kStyle;
  svg += "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n";
  svg += text_at(28, 40, "Noisy source", "title");
  svg += text_at(28, 62, subtitle_of(analysis));
  svg += distances_of(analysis, {.top = 122, .height = 190});
  svg += errors_of(analysis, {.top = 404, .height = 130});
  svg += bias_of(analysis, {.top = 626, .height = 130});
  return svg + "</svg>\n";
}

}  // namespace holdfast::app
