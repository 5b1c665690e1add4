#pragma once

#include "engine/core/settings.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace fxs {

/// What is done to raw frames before they are brought to polar images, and which frames are used at all. Every step is
/// optional; README.md of this folder has their order.
struct PreprocessSettings {
    // Which frames
    std::string select;  ///< an expression over the values known of each frame (frame_expression.h)
    std::string groupBy; ///< COLUMN or COLUMN:WIDTH (FrameGrouping)

    // Pixels
    std::string calibration;             ///< a file of `fxs calibrate`
    std::string dark, gain;              ///< files of one frame each; win over the calibration's
    std::string commonMode = "none";     ///< none, median, mode
    std::string asic;                    ///< "slow,fast" pixels of the parts that share a common mode; empty: the panel
    std::optional<double> commonModeMax; ///< values above take no part in finding the common mode
    std::optional<double> minValue;      ///< smaller ones become 0
    std::optional<double> maxValue;      ///< larger ones are bad in their frame
    std::optional<double> aduPerPhoton;  ///< counts photons
    double photonThreshold = 0.5;        ///< a remainder of this many photons is rounded up
    std::string badPixels = "average";   ///< average, mask, run, reject

    // Background and scale
    std::string background;                      ///< a file of one frame, or a run
    std::optional<double> backgroundScale = 1.0; ///< absent: fitted to each frame
    std::string normalise = "none";              ///< none, pulse-energy, integrated, q-range
    std::optional<double> scaleQMin, scaleQMax;  ///< 1/Å: the range of q that q-range and the fitted background use

    // Hits
    std::optional<double> hitThreshold; ///< a pixel is lit from this value on
    std::optional<std::int64_t> minLitPixels, maxLitPixels;
    std::optional<double> minIntensity, maxIntensity; ///< mean over the valid pixels
    std::optional<double> saxsCorrelation;            ///< smallest correlation of I(q) with the run's
    std::optional<double> outlierSigma;               ///< of the mean intensity, in robust standard deviations
    std::string jets = "none";                        ///< none, mask, reject
    double jetSigma = 8;
    std::optional<double> jetQMax; ///< 1/Å: streaks are looked for below
    int surveyFrames = 100;        ///< frames, evenly over the run, that references are taken from

    static const SettingsDescription<PreprocessSettings>& description();
    std::vector<Problem> validate() const;

    /// {slow, fast} of asic; nullopt: the whole panel. Throws: Error(badSettings).
    std::optional<std::array<std::size_t, 2>> asicShape() const;
    /// Whether a frame may be left out for what is in it.
    bool findsHits() const;
    /// Whether references are taken from a survey of the run.
    bool needsSurvey() const;
    /// Whether each value is corrected by itself, from its pixel's constants.
    bool isPixelwise() const;
};

} // namespace fxs
