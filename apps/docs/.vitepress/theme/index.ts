import type { Theme } from "vitepress";
import DefaultTheme from "vitepress/theme";
import "./contrast.css";
import "./tables.css";

const theme: Theme = DefaultTheme;
export default theme;
