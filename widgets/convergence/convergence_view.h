#pragma once

#include "engine/model/density.h"

#include <QWidget>
#include <memory>
#include <optional>
#include <vector>

class QSplitter;

namespace fxs::ui {

class CurvePlot;
class Panel;
class RestartTable;

/// How the phasing goes and how good its result is: residual of every restart with a table of them, FSC with its crossings, PRTF. A
/// restart chosen in the table stands out among the curves; hovering over a curve names its restart.
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
    /// A comparison with a reference made in the window; takes the place of the result's own. Empty: back to that.
    void setReferenceFsc(const ShellCorrelation& fsc, const QString& name);

    /// The restart whose curve stands out.
    std::optional<std::size_t> chosenRestart() const;
    /// Sizes of the parts, order of the table, chosen restart; for sessions.
    QByteArray saveViewState() const;
    void restoreViewState(const QByteArray& state);

    CurvePlot* residualPlot() const { return m_residual; }
    CurvePlot* fscPlot() const { return m_fsc; }
    CurvePlot* prtfPlot() const { return m_prtf; }
    RestartTable* restartTable() const { return m_table; }

protected:
    void changeEvent(QEvent* event) override;

private:
    void showRestarts(const std::vector<Restart>& restarts, std::optional<std::size_t> best);
    void drawRestarts();
    void showFsc();
    void nameRestart(double x, double y);

    CurvePlot *m_residual, *m_fsc, *m_prtf;
    RestartTable* m_table;
    Panel *m_residualPanel, *m_fscPanel, *m_prtfPanel;
    QSplitter* m_splitter;
    std::vector<Restart> m_restarts;
    std::optional<std::size_t> m_best;
    std::vector<std::size_t> m_drawn; ///< restart of each curve of the plot
    ShellCorrelation m_halfSets, m_ownReference, m_reference;
    QString m_referenceName, m_restartNote;
    bool m_building = true;
};

} // namespace fxs::ui
