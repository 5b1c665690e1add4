#pragma once

#include "engine/core/settings.h"

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace fxs {

/// What the user says of a run beyond, or against, what its files say. Everything is optional: a value given here wins
/// over the file's, and RunInfo::problems says where the two differ.
struct InputSettings {
    std::optional<double> wavelength;     ///< Å; 0: flat Ewald sphere, on purpose
    std::optional<double> photonEnergy;   ///< eV; another way to say the wavelength
    std::optional<double> distance;       ///< m, sample to detector
    std::optional<double> pixelSize;      ///< m, square pixels
    std::string centre;                   ///< "fast,slow" in pixels; 0,0 is the outer corner of the first pixel
    std::string geometry;                 ///< a geometry file (engine/detector/geometry_file.h)
    std::string mask;                     ///< a mask file: .npy, .h5 or .h5:/path/of/dataset
    std::string maskMeaning = "auto";     ///< auto, one-is-valid, zero-is-valid, cxi
    std::string dataset;                  ///< path of the frames inside HDF5 files; empty: found by the layout
    std::optional<double> saturation;     ///< raw value from which a pixel is saturated
    std::optional<double> photonsPerUnit; ///< photons per unit of intensity; turns photon-noise correction on
    std::string polarity = "auto";        ///< auto (what the file says), against, along

    static const SettingsDescription<InputSettings>& description();
    std::vector<Problem> validate() const;

    /// The centre as numbers {fast, slow}; nullopt if none is given. Throws: Error(badSettings).
    std::optional<std::array<double, 2>> centrePixel() const;
    /// wavelength, or the one of photonEnergy; nullopt if neither is given.
    std::optional<double> wavelengthAngstrom() const;
};

/// The polar grid that raw frames are brought to. Not used for runs that are polar already (but q-min and q-max cut
/// them).
struct PolarSettings {
    std::optional<double> qMin, qMax; ///< 1/Å, outer edges of the first and last ring; absent: what the detector sees
    int qBins = 100;
    int phiBins = 256;
    int split = 4;                      ///< each pixel counts as split x split points; 1: its centre only
    bool solidAngle = true;             ///< divide by each pixel's solid angle relative to the beam centre's
    std::optional<double> polarisation; ///< degree of polarisation to correct for; absent: pixels are not corrected
    double polarisationPlane = 0;       ///< degrees from x towards y

    static const SettingsDescription<PolarSettings>& description();
    std::vector<Problem> validate() const;
};

} // namespace fxs
