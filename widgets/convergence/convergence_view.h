#pragma once

#include "engine/model/density.h"

#include <QWidget>
#include <memory>

namespace fxs::ui {

class CurvePlot;
class Panel;

/// How the phasing goes and how good its result is: residual of every restart, FSC with its crossings, PRTF.
/// Threads: GUI thread. Cost: under 5 ms for 32 restarts of 1,000 iterations.
class ConvergenceView : public QWidget {
    Q_OBJECT

public:
    explicit ConvergenceView(QWidget* parent = nullptr);
    ~ConvergenceView() override;

    /// The running state; replaces the curves of the restarts only.
    void setPhasing(std::shared_ptr<const PhasingSnapshot> snapshot);
    /// The result: restarts, FSC and PRTF. Null clears all.
    void setReconstruction(std::shared_ptr<const Reconstruction> reconstruction);

    CurvePlot* residualPlot() const { return m_residual; }
    CurvePlot* fscPlot() const { return m_fsc; }
    CurvePlot* prtfPlot() const { return m_prtf; }

private:
    void showRestarts(const std::vector<Restart>& restarts);
    void showFsc(const Reconstruction& reconstruction);

    CurvePlot *m_residual, *m_fsc, *m_prtf;
    Panel *m_residualPanel, *m_fscPanel, *m_prtfPanel;
};

} // namespace fxs::ui
