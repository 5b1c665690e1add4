#include "engine/mtip/phasing_space.h"

#include "engine/math/legendre.h"

namespace fxs {

PhasingSpace::PhasingSpace(const ShellGrid& shells, PointGroup pointGroup, double angularSampling)
    : grid(shells), group(pointGroup),
      realSpace(shells.amplitudeOrder(), shells.realThetaCount(angularSampling),
                shells.realPhiCount(angularSampling, pointGroup.fold), pointGroup.fold),
      amplitude(shells.amplitudeOrder(), shells.thetaCount(), shells.phiCount(pointGroup.fold), pointGroup.fold),
      intensity(shells.intensityOrder(), shells.thetaCount(), shells.phiCount(pointGroup.fold), pointGroup.fold) {}

Array<double, 3> PhasingSpace::makeDensity() const {
    return Array<double, 3>({grid.r().size(), amplitude.coefficientCount(), 2});
}

Array<double, 3> PhasingSpace::makeDensityField() const {
    return Array<double, 3>({realSpace.phiCount(), grid.r().size(), realSpace.thetaCount()});
}

Array<double, 3> PhasingSpace::makeAmplitudes() const {
    return Array<double, 3>({grid.q().size(), amplitude.coefficientCount(), 2});
}

void PhasingSpace::restrict(View<double, 3> lm) const {
    if (!group.dihedral)
        return;
    for (int l = 0; l <= amplitude.maxOrder(); ++l)
        for (int m = 0; m <= l; m += group.fold) {
            const std::size_t place = amplitude.index(l, m), forbidden = (l + m) % 2 == 0 ? 1 : 0;
            for (std::size_t s = 0; s < lm.extent(0); ++s)
                lm(s, place, forbidden) = 0;
        }
}

SphericalDensity PhasingSpace::expand(View<const double, 3> lm) const {
    SphericalDensity density;
    density.maxOrder = amplitude.maxOrder();
    density.r = grid.r();
    density.lm = Array<double, 3>({lm.extent(0), lmCount(density.maxOrder), 2});
    for (std::size_t s = 0; s < lm.extent(0); ++s)
        for (int l = 0; l <= density.maxOrder; ++l)
            for (int m = 0; m <= l; m += group.fold)
                for (std::size_t part = 0; part < 2; ++part)
                    density.lm(s, lmIndex(l, m), part) = lm(s, amplitude.index(l, m), part);
    return density;
}

Array<double, 3> PhasingSpace::compress(const SphericalDensity& density) const {
    Array<double, 3> lm = makeDensity();
    for (std::size_t s = 0; s < lm.extent(0); ++s)
        for (int l = 0; l <= amplitude.maxOrder(); ++l)
            for (int m = 0; m <= l; m += group.fold)
                for (std::size_t part = 0; part < 2; ++part)
                    lm(s, amplitude.index(l, m), part) = density.lm(s, lmIndex(l, m), part);
    restrict(lm);
    return lm;
}

} // namespace fxs
