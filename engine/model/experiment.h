#pragma once

#include <cmath>
#include <cstdint>

namespace fxs {

/// Which way n_z of a pixel's direction is counted on the Ewald sphere (science.md, Conventions). The two are the same
/// by Friedel's law with phi -> phi + pi.
enum class Polarity {
    against, ///< n_z = +sin(theta): theta_q = pi/2 - asin(q lambda / 4 pi); what this program writes
    along,   ///< n_z = -sin(theta): q = k_out - k_in, measured along the beam
};

/// What must be known of the experiment to go from correlations to coefficients.
struct Experiment {
    double wavelengthAngstrom = 0; ///< 0: a flat Ewald sphere, on purpose
    bool wavelengthKnown = false;  ///< false: the file did not say (then 0 is a guess, and is reported)
    Polarity polarity = Polarity::against;
    double particlesPerShot = 1; ///< effective number, real: scale of B_{l>0} against I_00 squared
    bool particlesKnown = false; ///< false: nobody said
    double photonsPerUnit = 0; ///< photons per unit of intensity; 0: noise-free or unknown, no self term is subtracted
};

/// Polar angle of the directions that a ring at q looks along, in radians; pi/2 for a flat sphere.
/// q in 1/Å (4 pi sin(theta)/lambda). NaN if q exceeds 4 pi/lambda.
inline double ewaldPolarAngle(double qInverseAngstrom, double wavelengthAngstrom,
                              Polarity polarity = Polarity::against) {
    constexpr double kPi = 3.14159265358979323846;
    const double theta = std::asin(qInverseAngstrom * wavelengthAngstrom / (4.0 * kPi));
    return kPi / 2 + (polarity == Polarity::against ? -theta : theta);
}

/// hc: photon energy in eV times wavelength in Å.
inline constexpr double kEvAngstrom = 12398.419843320026;

} // namespace fxs
