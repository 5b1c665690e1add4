#include "widgets/frames/frame_workshop.h"

#include "engine/core/error.h"

#include <cmath>

namespace fxs::ui {

namespace {

/// What has a value in one picture and none in the other.
ShadePtr leftOut(const PicturePtr& all, const PicturePtr& without) {
    if (!all || !without || all->values.size() != without->values.size())
        return nullptr;
    auto shade = std::make_shared<std::vector<std::uint8_t>>(all->values.size());
    for (std::size_t i = 0; i < shade->size(); ++i)
        (*shade)[i] = std::isnan(without->values[i]) && !std::isnan(all->values[i]) ? kLeftOut : 0;
    return shade;
}

} // namespace

FrameView::Shown FrameView::Workshop::make(const Request& request) {
    Shown shown;
    if (request.sums) {
        shown.values = shownValues(*request.sums, request.statistic);
    } else if (request.frame) {
        shown.values = shownValues(*request.frame);
        if (shown.values && request.corrector)
            takeStep(request, shown);
    }
    if (!shown.values)
        return shown;
    const ShownValuesPtr all = shown.values;
    if (request.drawnMask)
        shown.values = without(all, *request.drawnMask);
    if (shown.values->polar) {
        shown.left = diskPicture(*all);
        shown.right = polarPicture(*all);
        if (all != shown.values) { // who draws a mask wants to see what is under it
            shown.shade = leftOut(shown.left, diskPicture(*shown.values));
            shown.rightShade = leftOut(shown.right, polarPicture(*shown.values));
        }
    } else {
        pictureDetector(request, shown);
    }
    return shown;
}

void FrameView::Workshop::takeStep(const Request& request, Shown& shown) {
    try {
        const FrameCorrection correction = request.corrector(*request.frame);
        shown.rejected = correction.rejected;
        const FrameStep* found = nullptr;
        for (const FrameStep& step : correction.steps) {
            shown.steps << step.name;
            if (step.name == request.step)
                found = &step;
        }
        if (request.step.isEmpty() || correction.steps.empty())
            return;
        if (!found) {
            found = &correction.steps.back(); // a rejected frame does not come to all steps
            shown.note = FrameView::tr("shown as far as it came: %1").arg(found->name);
        } else {
            shown.note = found->note;
        }
        if (found->values.shape() == shown.values->values.shape())
            shown.values = withStep(*shown.values, *found, correction.valid);
    } catch (const Error& error) {
        shown.note = QString::fromStdString(error.message());
    }
}

void FrameView::Workshop::pictureDetector(const Request& request, Shown& shown) {
    const auto& shape = shown.values->values.shape();
    const bool fits = request.geometry && request.geometry->frameShape() == shape;
    const auto by = fits ? request.geometry : nullptr;
    if (!m_assembly || m_assembledBy != by || m_assembly->frameShape() != shape) {
        m_assembly.reset();
        m_assembledBy = by;
        try {
            if (by)
                m_assembly = std::make_shared<const Assembly>(*by, TaskContext{});
        } catch (const Error& error) {
            shown.note = QString::fromStdString(error.message());
        }
        if (!m_assembly)
            m_assembly = std::make_shared<const Assembly>(Assembly::stacked(shape, {}));
    }
    if (request.geometry && !fits)
        shown.note = FrameView::tr("the geometry is of a detector of another shape: panels as stored");
    shown.assembly = m_assembly;
    shown.left = detectorPicture(*shown.values, *m_assembly);
    static const Array<std::uint8_t, 3> none;
    const bool drawn = request.drawnMask && request.drawnMask->shape() == shape;
    shown.shade = detectorShade(*shown.values, *m_assembly, drawn ? *request.drawnMask : none);
    if (request.polarWanted && fits)
        try {
            shown.right = polarOf(request, *shown.values);
        } catch (const Error& error) {
            shown.note = QString::fromStdString(error.message());
        }
}

PicturePtr FrameView::Workshop::polarOf(const Request& request, const ShownValues& values) {
    if (!m_resampler || m_resampledBy != request.geometry || m_resampledRun != values.run) {
        m_resampler.reset();
        PolarSettings settings;
        settings.split = 1; // for looking; the correlation splits pixels
        const View<const std::uint8_t, 3> mask = values.run->frameMask.view();
        // Everything that any pixel sees, rings with gaps too.
        const QCoverage seen = qCoverage(*request.geometry, mask, {});
        settings.qMin = seen.smallest;
        settings.qMax = seen.largest;
        const PolarGrid grid = polarGridFor(settings, *request.geometry, mask, {});
        m_resampler = std::make_unique<const Resampler>(*request.geometry, mask, grid, settings, TaskContext{});
        m_resampledBy = request.geometry;
        m_resampledRun = values.run;
    }
    FrameBatch batch;
    const auto& shape = values.values.shape();
    batch.data = Array<float, 4>::uninitialised({1, shape[0], shape[1], shape[2]});
    std::copy_n(values.values.data(), values.values.size(), batch.data.data());
    for (float& v : batch.data.span())
        v = v == v ? v : 0; // of no frame valid, and masked below
    if (!values.valid.empty()) {
        batch.mask = Array<std::uint8_t, 4>::uninitialised({1, shape[0], shape[1], shape[2]});
        std::copy_n(values.valid.data(), values.valid.size(), batch.mask.data());
    }
    BrowsedFrame polar;
    polar.polar = m_resampler->resample(batch, {});
    auto run = std::make_shared<RunInfo>();
    run->polarGrid = m_resampler->grid();
    run->polarMask = m_resampler->mask().clone();
    polar.run = std::move(run);
    const ShownValuesPtr rings = shownValues(polar);
    return rings ? polarPicture(*rings) : nullptr;
}

} // namespace fxs::ui
