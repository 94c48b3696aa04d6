const { contextBridge, ipcRenderer } = require('electron');

contextBridge.exposeInMainWorld('shop', () => ipcRenderer.invoke('shop'));
