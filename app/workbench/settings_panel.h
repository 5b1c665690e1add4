#pragma once

#include "engine/backend/settings_section.h"

#include <QWidget>
#include <map>
#include <string>
#include <vector>

class QComboBox;
class QStackedWidget;

namespace fxs::ui {
class SettingsForm;
}

namespace fxs::app {

class Session;

/// The settings of one section at a time, chosen above the form; bound to the session both ways.
class SettingsPanel : public QWidget {
    Q_OBJECT

public:
    SettingsPanel(Session& session, const std::vector<SettingsSection>& sections, QWidget* parent = nullptr);

    void showSection(const std::string& name);
    std::string currentSection() const;
    ui::SettingsForm* form(const std::string& section) const;
    /// Shows each problem at its field.
    void setProblems(const std::vector<Problem>& problems);

private:
    void showSettings();
    void showFound();

    Session& m_session;
    QComboBox* m_choice;
    QStackedWidget* m_pages;
    std::map<std::string, ui::SettingsForm*> m_forms;
    std::map<std::string, int> m_indices;
};

} // namespace fxs::app
