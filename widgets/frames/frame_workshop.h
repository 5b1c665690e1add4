#pragma once

#include "engine/polar/resampler.h"
#include "widgets/frames/frame_view.h"

namespace fxs::ui {

/// What is to be pictured.
struct FrameView::Request {
    std::shared_ptr<const BrowsedFrame> frame;
    std::shared_ptr<const RangeStatistics> sums; ///< null: the frame
    FrameStatistic statistic = FrameStatistic::single;
    std::shared_ptr<const DetectorGeometry> geometry;
    std::shared_ptr<const Array<std::uint8_t, 3>> drawnMask; ///< null: none
    FrameCorrector corrector;
    QString step; ///< empty: as stored
    bool polarWanted = false;
};

/// What became of it.
struct FrameView::Shown {
    ShownValuesPtr values;
    std::shared_ptr<const Assembly> assembly;
    PicturePtr left, right;
    ShadePtr shade, rightShade;
    QStringList steps;
    QString note;
    QString rejected; ///< why preprocessing does not use the frame; empty: it does, or nobody asked
};

/// Makes the pictures, away from the GUI thread; keeps what several frames share.
/// Threads: one call at a time, any thread.
struct FrameView::Workshop {
    Shown make(const Request& request);

private:
    void takeStep(const Request& request, Shown& shown);
    void pictureDetector(const Request& request, Shown& shown);
    PicturePtr polarOf(const Request& request, const ShownValues& values);

    std::shared_ptr<const DetectorGeometry> m_assembledBy, m_resampledBy;
    std::shared_ptr<const Assembly> m_assembly;
    std::shared_ptr<const RunInfo> m_resampledRun;
    std::unique_ptr<const Resampler> m_resampler;
};

} // namespace fxs::ui
