#include "engine/preprocess/preprocess_settings.h"

#include "engine/preprocess/frame_expression.h"

#include <fmt/format.h>

#include <charconv>

namespace fxs {

namespace {

using S = PreprocessSettings;
using Description = SettingsDescription<S>;

Description describeFrames(Description&& d) {
    return std::move(d)
        .add(&S::select,
             {.key = "select",
              .label = "Frames to use",
              .help = "An expression over the values known of each frame, e.g. 'pulseEnergy > 0.5 and laser "
                      "== \"on\"'; fxs inspect lists the names. Empty: all frames.",
              .group = "Selection"})
        .add(&S::groupBy,
             {.key = "group-by",
              .label = "Group by",
              .help = "A value known of each frame: one correlation for each of its values, made in one pass. "
                      "COLUMN:WIDTH makes bins of that width of a number. The frame's index is always known as index.",
              .group = "Selection"});
}

Description describePixels(Description&& d) {
    return std::move(d)
        .add(&S::calibration, {.key = "calibration",
                               .label = "Calibration",
                               .help = "Dark, gain and bad pixels of the detector, as fxs calibrate writes them.",
                               .group = "Pixels",
                               .type = SettingType::file})
        .add(&S::dark, {.key = "dark",
                        .label = "Dark",
                        .help = "What the detector shows without light, subtracted first: a calibration, or one frame "
                                "as .npy or .h5:/path/of/dataset. Wins over the calibration's.",
                        .group = "Pixels",
                        .type = SettingType::file})
        .add(&S::gain, {.key = "gain",
                        .label = "Gain",
                        .help = "Detector units per unit of intensity of each pixel, divided by: a calibration, or one "
                                "frame as .npy or .h5:/path/of/dataset. Pixels of gain 0 are bad.",
                        .group = "Pixels",
                        .type = SettingType::file})
        .add(&S::commonMode, {.key = "common-mode",
                              .label = "Common mode",
                              .help = "Offset that the pixels of a panel or ASIC share, found in each frame and "
                                      "subtracted after the dark: their median, or the peak of their histogram.",
                              .group = "Pixels",
                              .type = SettingType::choice,
                              .choices = {"none", "median", "mode"}})
        .add(&S::asic, {.key = "asic",
                        .label = "ASIC",
                        .unit = "pixel",
                        .help = "Size slow,fast of the parts of a panel that share a common mode, e.g. 64,64. "
                                "Empty: the whole panel.",
                        .group = "Pixels",
                        .advanced = true})
        .add(&S::commonModeMax, {.key = "common-mode-max",
                                 .label = "Common mode below",
                                 .unit = "ADU",
                                 .help = "Values above this, after the dark, take no part in finding the common mode: "
                                         "bright scattering is not an offset.",
                                 .group = "Pixels",
                                 .advanced = true})
        .add(&S::minValue, {.key = "min-value",
                            .label = "Lowest value",
                            .help = "After dark, common mode and gain, smaller values become 0: they are noise.",
                            .group = "Pixels"})
        .add(&S::maxValue, {.key = "max-value",
                            .label = "Highest value",
                            .help = "After dark, common mode and gain, a pixel with a larger value is bad in that "
                                    "frame.",
                            .group = "Pixels"})
        .add(&S::aduPerPhoton,
             {.key = "adu-per-photon",
              .label = "Value of a photon",
              .help = "After dark, common mode and gain: values become whole numbers of photons. Given, images are in "
                      "photons.",
              .group = "Pixels",
              .minimum = 0,
              .minimumExclusive = true})
        .add(&S::photonThreshold, {.key = "photon-threshold",
                                   .label = "Photon threshold",
                                   .unit = "photon",
                                   .help = "A remainder of at least this much is one photon more.",
                                   .group = "Pixels",
                                   .minimum = 0,
                                   .maximum = 1,
                                   .minimumExclusive = true,
                                   .advanced = true})
        .add(&S::badPixels,
             {.key = "bad-pixels",
              .label = "Pixels bad in single frames",
              .help = "What a saturated or bad pixel of one frame does. average: bins are averaged without it, and a "
                      "frame with a bin left empty is not used; mask: the frame gets a mask of its own (slower: "
                      "ratio of sums); run: pixels bad in any surveyed frame are masked in all, the rest as average; "
                      "reject: the frame is not used.",
              .group = "Pixels",
              .type = SettingType::choice,
              .choices = {"average", "mask", "run", "reject"}});
}

Description describeScale(Description&& d) {
    return std::move(d)
        .add(&S::background, {.key = "background",
                              .label = "Background",
                              .help = "Subtracted from every corrected frame: one frame as .npy or .h5:/path, or a run "
                                      "without sample, corrected in the same way and averaged.",
                              .group = "Background and scale",
                              .type = SettingType::file})
        .add(&S::backgroundScale, {.key = "background-scale",
                                   .label = "Background scale",
                                   .help = "The background is multiplied by this; auto fits it to each frame by least "
                                           "squares, in the range of q given below.",
                                   .group = "Background and scale"})
        .add(&S::normalise,
             {.key = "normalise",
              .label = "Normalise",
              .help = "Frames are brought to the run's mean of: the pulse energy, the mean of all valid pixels, or the "
                      "mean of those in the range of q given below.",
              .group = "Background and scale",
              .type = SettingType::choice,
              .choices = {"none", "pulse-energy", "integrated", "q-range"}})
        .add(&S::scaleQMin, {.key = "scale-q-min",
                             .label = "Range of q from",
                             .unit = "1/Å",
                             .help = "Lower end of the range that normalise q-range and background-scale auto use.",
                             .group = "Background and scale",
                             .minimum = 0})
        .add(&S::scaleQMax, {.key = "scale-q-max",
                             .label = "Range of q to",
                             .unit = "1/Å",
                             .help = "Upper end of that range.",
                             .group = "Background and scale",
                             .minimum = 0,
                             .minimumExclusive = true});
}

Description describeHits(Description&& d) {
    return std::move(d)
        .add(&S::hitThreshold, {.key = "hit-threshold",
                                .label = "Lit from",
                                .help = "A pixel is lit if its corrected value is at least this.",
                                .group = "Hits"})
        .add(&S::minLitPixels, {.key = "min-lit-pixels",
                                .label = "Lit pixels, at least",
                                .help = "Frames with fewer lit pixels are not used: no particle was hit.",
                                .group = "Hits",
                                .minimum = 0})
        .add(&S::maxLitPixels, {.key = "max-lit-pixels",
                                .label = "Lit pixels, at most",
                                .help = "Frames with more lit pixels are not used.",
                                .group = "Hits",
                                .minimum = 0})
        .add(&S::minIntensity, {.key = "min-intensity",
                                .label = "Mean intensity, at least",
                                .help = "Frames whose valid pixels have a smaller mean are not used.",
                                .group = "Hits"})
        .add(&S::maxIntensity, {.key = "max-intensity",
                                .label = "Mean intensity, at most",
                                .help = "Frames whose valid pixels have a larger mean are not used.",
                                .group = "Hits"})
        .add(&S::saxsCorrelation,
             {.key = "saxs-correlation",
              .label = "SAXS shape",
              .help = "Smallest correlation coefficient of a frame's I(q) with the mean of the surveyed frames.",
              .group = "Hits",
              .minimum = -1,
              .maximum = 1})
        .add(&S::outlierSigma,
             {.key = "outlier-sigma",
              .label = "Outliers",
              .unit = "σ",
              .help = "Frames whose mean intensity is further than this many robust standard deviations from the "
                      "median of the surveyed frames are not used.",
              .group = "Hits",
              .minimum = 0,
              .minimumExclusive = true})
        .add(&S::jets, {.key = "jets",
                        .label = "Jet streaks",
                        .help = "Streaks of the liquid jet at low q: mask their sectors in that frame, or do not use "
                                "the frame.",
                        .group = "Hits",
                        .type = SettingType::choice,
                        .choices = {"none", "mask", "reject"}})
        .add(&S::jetSigma, {.key = "jet-sigma",
                            .label = "Streaks from",
                            .unit = "σ",
                            .help = "A sector is a streak if it is brighter than the median sector by this many robust "
                                    "standard deviations.",
                            .group = "Hits",
                            .minimum = 0,
                            .minimumExclusive = true,
                            .advanced = true})
        .add(&S::jetQMax, {.key = "jet-q-max",
                           .label = "Streaks below",
                           .unit = "1/Å",
                           .help = "Streaks are looked for below this q. Not given: half of what the detector sees.",
                           .group = "Hits",
                           .minimum = 0,
                           .minimumExclusive = true,
                           .advanced = true})
        .add(&S::surveyFrames,
             {.key = "survey-frames",
              .label = "Surveyed frames",
              .help = "Frames, evenly spread over the run, that are read first where a step needs a reference: the "
                      "mean I(q), the median intensity, the mean pulse energy. The same for any number of threads.",
              .group = "Hits",
              .minimum = 3,
              .maximum = 100000,
              .advanced = true});
}

} // namespace

const SettingsDescription<PreprocessSettings>& PreprocessSettings::description() {
    static const auto d =
        describeHits(describeScale(describePixels(describeFrames(Description("preprocess", "Preprocessing")))));
    return d;
}

std::vector<Problem> PreprocessSettings::validate() const {
    auto problems = description().check(*this);
    const auto rising = [&](const auto& low, const auto& high, const char* key, const char* lowKey) {
        if (low && high && *low >= *high)
            problems.push_back({key, fmt::format("{} is {}, expected more than {} ({})", key, *high, lowKey, *low)});
    };
    rising(minValue, maxValue, "max-value", "min-value");
    rising(minIntensity, maxIntensity, "max-intensity", "min-intensity");
    rising(scaleQMin, scaleQMax, "scale-q-max", "scale-q-min");
    if (minLitPixels && maxLitPixels && *minLitPixels > *maxLitPixels)
        problems.push_back({"max-lit-pixels", fmt::format("max-lit-pixels is {}, expected at least min-lit-pixels ({})",
                                                          *maxLitPixels, *minLitPixels)});
    if ((minLitPixels || maxLitPixels) && !hitThreshold)
        problems.push_back({"hit-threshold", "lit pixels are counted, but hit-threshold does not say what is lit"});
    if (normalise == "q-range" && !scaleQMin && !scaleQMax)
        problems.push_back({"scale-q-min", "normalise is q-range, but scale-q-min and scale-q-max are not given"});
    const auto parse = [&](const char* key, const std::string& text, auto make) {
        try {
            if (!text.empty())
                make(text);
        } catch (const Error& error) {
            problems.push_back({key, error.message()});
        }
    };
    parse("select", select, [](const std::string& text) { FrameExpression expression(text); });
    parse("group-by", groupBy, [](const std::string& text) { FrameGrouping grouping(text); });
    try {
        (void)asicShape();
    } catch (const Error& error) {
        problems.push_back({"asic", error.message()});
    }
    return problems;
}

std::optional<std::array<std::size_t, 2>> PreprocessSettings::asicShape() const {
    if (asic.empty())
        return std::nullopt;
    std::array<std::size_t, 2> shape{};
    const char* const end = asic.data() + asic.size();
    const auto slow = std::from_chars(asic.data(), end, shape[0]);
    if (slow.ec == std::errc{} && slow.ptr != end && *slow.ptr == ',') {
        const auto fast = std::from_chars(slow.ptr + 1, end, shape[1]);
        if (fast.ec == std::errc{} && fast.ptr == end && shape[0] > 0 && shape[1] > 0)
            return shape;
    }
    throw Error(ErrorCode::badSettings, fmt::format("asic is \"{}\", expected two numbers of pixels as 64,64", asic));
}

bool PreprocessSettings::findsHits() const {
    return minLitPixels || maxLitPixels || minIntensity || maxIntensity || saxsCorrelation || outlierSigma ||
           jets == "reject";
}

bool PreprocessSettings::needsSurvey() const {
    return saxsCorrelation || outlierSigma || normalise != "none" || badPixels == "run";
}

bool PreprocessSettings::isPixelwise() const {
    const bool fitted = !background.empty() && !backgroundScale;
    return !findsHits() && commonMode == "none" && normalise == "none" && jets == "none" && !fitted;
}

} // namespace fxs
