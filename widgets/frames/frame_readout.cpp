#include "widgets/frames/frame_readout.h"

#include "widgets/plot/plot_style.h"

#include <QCoreApplication>
#include <QLocale>
#include <algorithm>
#include <cmath>
#include <numbers>

namespace fxs::ui {

namespace {

QString tr(const char* text) {
    return QCoreApplication::translate("FrameView", text);
}

QString resolutionText(double q) {
    return q > 0 ? tr("d %1 Å").arg(shortNumber(2 * std::numbers::pi / q)) : tr("d ∞");
}

/// q of three rings: round d-spacings from the finest that fits, each twice as coarse; or round q.
std::vector<double> ringValues(double qLargest, RingUnit unit) {
    if (unit == RingUnit::none || !(qLargest > 0))
        return {};
    if (unit == RingUnit::inverse) {
        const double rough = qLargest / 3.2, magnitude = std::pow(10.0, std::floor(std::log10(rough)));
        const double step = magnitude * (rough / magnitude >= 5 ? 5 : rough / magnitude >= 2 ? 2 : 1);
        return {step, 2 * step, 3 * step};
    }
    const double finest = 2 * std::numbers::pi / qLargest, magnitude = std::pow(10.0, std::floor(std::log10(finest)));
    const double round = std::ceil(finest / magnitude * 2) / 2 * magnitude;
    return {2 * std::numbers::pi / round, std::numbers::pi / round, std::numbers::pi / (2 * round)};
}

QString ringLabel(double q, RingUnit unit) {
    const double d = 2 * std::numbers::pi / q;
    if (unit == RingUnit::inverse)
        return tr("%1 1/Å").arg(q, 0, 'g', 3);
    return unit == RingUnit::nanometre ? tr("%1 nm").arg(d / 10, 0, 'g', 4) : tr("%1 Å").arg(d, 0, 'g', 4);
}

} // namespace

QString valueText(float value, const RunInfo& run) {
    if (!std::isfinite(value))
        return tr("none");
    const bool counts = run.valueType.find("int") != std::string::npos;
    if (counts && value == std::floor(value) && std::abs(value) < 1e9F)
        return QString::number(static_cast<qlonglong>(value));
    return shortNumber(static_cast<double>(value), 6);
}

QString detectorReadout(const Assembly& assembly, const ShownValues* values, PicturePoint point) {
    QString text = assembly.isPhysical() ? tr("x %1 mm   y %2 mm").arg(point.x, 0, 'f', 2).arg(point.y, 0, 'f', 2)
                                         : tr("x %1   y %2").arg(std::lround(point.x)).arg(std::lround(point.y));
    const auto raw = assembly.placement()->pixelAt(point);
    if (!raw)
        return text + tr("   no panel here");
    const DetectorGeometry* geometry = assembly.geometry();
    QString panel = QString::number(raw->slab);
    if (geometry)
        if (const auto i = geometry->panelAt(raw->slab, raw->slow, raw->fast))
            panel = geometry->panels[*i].name.empty() ? QString::number(*i)
                                                      : QString::fromStdString(geometry->panels[*i].name);
    text += tr("   panel %1   ss %2   fs %3").arg(panel).arg(raw->slow).arg(raw->fast);
    if (values && values->run && values->values.shape() == assembly.frameShape()) {
        const std::size_t i = assembly.placement()->indexOf(*raw);
        text += tr("   value %1").arg(valueText(values->values.data()[i], *values->run));
        if (!values->isValid(i))
            text += tr(" (masked)");
    }
    if (const auto view = assembly.view(point))
        text += tr("   q %1 1/Å   %2   φ %3°")
                    .arg(view->q, 0, 'f', 4)
                    .arg(resolutionText(view->q))
                    .arg(view->phi * 180 / std::numbers::pi, 0, 'f', 1);
    return text;
}

QString polarReadout(const ShownValues* values, double q, double phiDegrees, float value) {
    const double phi = phiDegrees < 0 ? phiDegrees + 360 : phiDegrees;
    const QString shown = !std::isfinite(value)   ? tr("masked")
                          : values && values->run ? valueText(value, *values->run)
                                                  : QString();
    return tr("q %1 1/Å   %2   φ %3°   value %4")
        .arg(q, 0, 'f', 4)
        .arg(resolutionText(q))
        .arg(phi, 0, 'f', 1)
        .arg(shown);
}

std::vector<ResolutionRing> detectorRings(const Assembly& assembly, RingUnit unit) {
    const DetectorGeometry* geometry = assembly.geometry();
    std::vector<ResolutionRing> rings;
    if (!geometry || !(geometry->wavelengthAngstrom > 0))
        return rings;
    const double distance = 1000 * geometry->meanDistance(), lambda = geometry->wavelengthAngstrom;
    const double reach = std::max({-assembly.xFirst(), assembly.xLast(), -assembly.yFirst(), assembly.yLast()});
    if (!(reach > 0 && distance > 0))
        return rings;
    const double largest = 4 * std::numbers::pi * std::sin(std::atan2(reach, distance) / 2) / lambda;
    for (const double q : ringValues(largest, unit)) {
        const double twoTheta = 2 * std::asin(std::min(1.0, q * lambda / (4 * std::numbers::pi)));
        if (twoTheta < std::numbers::pi / 2)
            rings.push_back({distance * std::tan(twoTheta), ringLabel(q, unit)});
    }
    return rings;
}

std::vector<ResolutionRing> patternRings(double qLargest, RingUnit unit) {
    std::vector<ResolutionRing> rings;
    for (const double q : ringValues(qLargest, unit))
        rings.push_back({q, ringLabel(q, unit)});
    return rings;
}

} // namespace fxs::ui
